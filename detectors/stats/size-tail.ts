/**
 * The tail of a size, a whole number, as the population really shows it: peaks over a level of which few are left
 * (Pickands 1975, at the sizes themselves), beyond which sizes fall off geometrically,
 * P(S ≥ u + 1 + n) = ζ qⁿ. A continuous tail would take what only comes in ones for far heavier than it is. q is known by
 * the few that are beyond the level, so qⁿ is taken as its mean over what q may be, a beta distribution: Pólya's urn.
 *
 * The level is the lowest size that at most one in twenty exceeds: sizes of groups who share their work pile up
 * around what is usual there, and only beyond that do they tell of anything unusual.
 */
import { z } from "zod";

/** What sizes are taken to be before any is seen: geometric from `least` on, worth `windows` of them. */
export interface SizePrior {
  readonly least: number;
  readonly windows: number;
  /** P(one more | as large as this), 0 to 1. */
  readonly more: number;
}

/** How often each size was seen, by size; forgetting beyond `windowsMax`. */
export const sizesSchema = z.array(z.number()).readonly();
export type Sizes = readonly number[];

export interface SizeFit {
  /** The largest size that is not in the tail. */
  readonly level: number;
  /** ln P(S > level). */
  readonly logRate: number;
  /** Of those beyond the level, with what the prior is worth: steps on to one more, and ends. */
  readonly steps: number;
  readonly ends: number;
  readonly mean: number;
}

/** Sizes are counted up to here; a larger one counts as this one. */
const sizeMax = 64;
const tailShare = 0.05;
/** Sizes beyond the level that the prior's falling off is worth. */
const priorExceeding = 5;
/** Sizes after which the past begins to be forgotten. */
const windowsMax = 6_000;
/** A size teaches no more than the largest of which the tail says that it is no rarer than 1 in 1,000. */
const lessonSurpriseMax = 3 * Math.LN10;

/** Of each kind of size, how often each one is taken to have been seen before any was. */
const priorWeights = new WeakMap<SizePrior, readonly number[]>();

function priorWeightsOf(prior: SizePrior): readonly number[] {
  const known = priorWeights.get(prior);
  if (known !== undefined) return known;
  const { least, windows, more } = prior;
  const weights = Array.from({ length: sizeMax + 1 }, (_, size) =>
    size < least ? 0 : windows * (1 - more) * more ** (size - least),
  );
  priorWeights.set(prior, weights);
  return weights;
}

export function fitSizes(sizes: Sizes, prior: SizePrior): SizeFit {
  // A verdict fits hundreds of times over, so nothing is allocated.
  const before = priorWeightsOf(prior);
  const weightOf = (size: number): number => (sizes[size] ?? 0) + (before[size] ?? 0);
  let total = 0;
  let sum = 0;
  for (let size = 0; size <= sizeMax; size += 1) {
    const weight = weightOf(size);
    total += weight;
    sum += weight * size;
  }
  let level = sizeMax;
  let exceeding = 0;
  let excess = 0;
  while (level > prior.least && exceeding + weightOf(level) <= tailShare * total) {
    excess += exceeding;
    exceeding += weightOf(level);
    level -= 1;
  }
  const priorExcess = (priorExceeding * prior.more) / (1 - prior.more);
  return {
    level,
    logRate: Math.log(exceeding / total),
    steps: excess + priorExcess,
    ends: exceeding + priorExceeding,
    mean: sum / total,
  };
}

/** −ln P(S ≥ size); 0: not in the tail. Nats. O(size). */
export function sizeSurprise(size: number, { level, logRate, steps, ends }: SizeFit): number {
  if (size <= level) return 0;
  let nats = -logRate;
  for (let n = 0; n < size - level - 1; n += 1) nats += Math.log1p(ends / (steps + n));
  return nats;
}

/** The sizes after one more, clipped: one that grows and grows makes the tail that it is held against no wider. */
export function learnSize(sizes: Sizes, size: number, fit: SizeFit): Sizes {
  let lesson = Math.min(size, sizeMax);
  while (lesson > fit.level + 1 && sizeSurprise(lesson, fit) > lessonSurpriseMax) lesson -= 1;
  return learnSizeWhole(sizes, lesson);
}

/** The sizes after one that was ordinary, however rare. */
export function learnSizeWhole(sizes: Sizes, size: number): Sizes {
  let windows = 0;
  for (let n = 0; n < sizes.length; n += 1) windows += sizes[n] ?? 0;
  const keep = windows >= windowsMax ? 1 - 1 / windowsMax : 1;
  const place = Math.min(sizeMax, size);
  const after: number[] = [];
  const length = Math.max(sizes.length, place + 1);
  for (let n = 0; n < length; n += 1) after.push((sizes[n] ?? 0) * keep + (n === place ? 1 : 0));
  return after;
}
