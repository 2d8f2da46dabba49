/** One measured figure, beside what the machine itself allows. */

export interface Limit {
  /** What was measured, in words. */
  readonly name: string;
  /** In the unit of the figure; measured in the same run over the same data. */
  readonly value: number;
}

export interface BenchRow {
  /** `part.figure`. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the figure should reach; `null`: no target is set. */
  readonly target: number | null;
  readonly limit: Limit;
  /** How many times the figure is worse than its limit. */
  readonly ratio: number;
}

interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** None: no target is set. */
  readonly target?: number;
  readonly limit: Limit;
}

/** A figure of which less is better: times, bytes. */
export const cost = (measured: Measured): BenchRow => ({
  ...measured,
  target: measured.target ?? null,
  ratio: timesOf(measured.value, measured.limit.value),
});

/** A figure of which more is better: events per second. */
export const rate = (measured: Measured): BenchRow => ({
  ...measured,
  target: measured.target ?? null,
  ratio: timesOf(measured.limit.value, measured.value),
});

/** Nothing beside nothing, as of what is lost, is as good. */
const timesOf = (one: number, other: number): number => (one === other ? 1 : one / other);

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** CPU time of `body`, all threads of the process, in µs: waiting for a busy machine does not count. */
export function cpuMicroseconds(body: () => void): number {
  const from = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(from);
  return user + system;
}

const rounds = 5;

/** CPU time of `body` in µs by `count`, median of five rounds after one to warm up. */
export function cpuPer(count: number, body: () => void): number {
  body();
  return median(Array.from({ length: rounds }, () => cpuMicroseconds(body))) / count;
}
