/**
 * Seeded chance for the simulator: one stream per seed, the same numbers on every machine.
 *
 * Not for anything secret: use node:crypto there.
 */

export interface Random {
  /** Uniform on [0, 1), 32 bits of resolution. */
  readonly next: () => number;
  /** Uniform integer on [0, bound). */
  readonly below: (bound: number) => number;
  /** Uniform on [low, high). */
  readonly between: (low: number, high: number) => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  /** Exponential waiting time with this mean. */
  readonly exponential: (mean: number) => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** Log-normal with median 1; `sd` is the standard deviation of the logarithm. */
  readonly logNormal: (sd: number) => number;
  /** Gamma with mean 1 and this shape (> 0); variance 1 / shape. */
  readonly gamma: (shape: number) => number;
  /** Failures before the first success, each continuing with this probability: mean p / (1 - p). */
  readonly geometric: (continuing: number) => number;
}

/** FNV-1a, 32 bits, over UTF-16 code units. Fowler, Noll, Vo 1991. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** A bijection of the 32-bit integers that scatters neighbours: the finaliser of MurmurHash3. */
export function scatter32(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Uniform 32-bit integers by sfc32 (Doty-Humphrey, PractRand), seeded from the text's hashes. */
function uniformBits(seed: string): () => number {
  let a = hash32(seed);
  let b = hash32(`${seed}/b`);
  let c = hash32(`${seed}/c`);
  let counter = 1;
  const step = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round += 1) step();
  return step;
}

export function createRandom(seed: string): Random {
  const bits = uniformBits(seed);
  const next = () => bits() / 0x1_0000_0000;
  const positive = () => (bits() + 1) / 0x1_0000_0001;
  // Box and Muller 1958; the second normal is dropped to keep the stream free of hidden state.
  const normal = () => Math.sqrt(-2 * Math.log(positive())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    normal,
    below: (bound) => Math.floor(next() * bound),
    between: (low, high) => low + (high - low) * next(),
    chance: (probability) => next() < probability,
    exponential: (mean) => -mean * Math.log(positive()),
    logNormal: (sd) => Math.exp(sd * normal()),
    gamma: (shape) => gammaDeviate(shape, normal, positive) / shape,
    geometric: (continuing) => Math.floor(Math.log(positive()) / Math.log(continuing)),
  };
}

/** Gamma(shape, 1) by squeeze-free rejection, Marsaglia and Tsang 2000; shape < 1 by their boost. */
function gammaDeviate(shape: number, normal: () => number, positive: () => number): number {
  if (shape < 1) return gammaDeviate(shape + 1, normal, positive) * positive() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(positive()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

export interface Weighted {
  readonly weight: number;
}

/** Draws one row in proportion to its weight. Throws on an empty table: that is a bug. */
export function pickWeighted<Row extends Weighted>(random: Random, rows: readonly Row[]): Row {
  let left = random.next() * rows.reduce((sum, row) => sum + row.weight, 0);
  for (const row of rows) {
    left -= row.weight;
    if (left < 0) return row;
  }
  return pick(random, rows);
}

/** True with this probability; without any draw when it is 0, so that what never happens changes nothing. */
export const occasionally = (random: Random, probability: number) =>
  probability > 0 && random.chance(probability);

/** Draws one element. Throws on an empty list: that is a bug. */
export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}
