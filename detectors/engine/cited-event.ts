/**
 * The events that a window can cite as evidence: those that added to a count, the densest of them kept.
 */
import { sliceMs } from "../evidence/window.ts";

/** Events kept per window; beyond them those of the sparsest slice go first. */
export const citedPerSessionMax = 24;
export const citedPerDayMax = 16;

export interface CitedEvent {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** What it added to each count. */
  readonly amounts: readonly number[];
}

export const sliceOf = (at: number): number => Math.floor(at / sliceMs);

// Called for nearly every event, on some two dozen: hence loops that make nothing.

function sum(amounts: readonly number[]): number {
  let total = 0;
  for (let n = 0; n < amounts.length; n += 1) total += amounts[n] ?? 0;
  return total;
}

/** What the events of one slice add to any count. */
function amountIn(events: readonly CitedEvent[], slice: number): number {
  let amount = 0;
  for (const event of events) if (sliceOf(event.at) === slice) amount += sum(event.amounts);
  return amount;
}

/** Adds `event`; when full, the earliest event of the slice with the least in it goes. */
export function cite(events: CitedEvent[], event: CitedEvent, citedMax: number): void {
  events.push(event);
  if (events.length <= citedMax) return;
  let sparsest = 0;
  let least = Number.POSITIVE_INFINITY;
  let slice = Number.NaN;
  for (const [n, { at }] of events.entries()) {
    // Neighbours are mostly of one slice, whose amount is then known.
    if (sliceOf(at) === slice) continue;
    slice = sliceOf(at);
    const amount = amountIn(events, slice);
    if (amount < least) {
      least = amount;
      sparsest = n;
    }
  }
  events.splice(sparsest, 1);
}

/** One dimension that the evidence stands on. */
export interface Claim {
  readonly count: number;
  /** Only events of this slice and the one before; undefined: of the whole window. */
  readonly peakSlice: number | undefined;
  /** Observed − expected, in the unit of the count. */
  readonly excess: number;
  /** Share of the alert's evidence. */
  readonly weight: number;
}

/**
 * Event ids that carry the claims, most telling first: those that add most in the densest slices, and of each
 * claim only as many as make up its excess over the expectation. The rest of a window is ordinary work.
 */
export function citations(events: readonly CitedEvent[], claims: readonly Claim[]): CitedEvent[] {
  const scores = new Map<CitedEvent, number>();
  for (const claim of claims) {
    let left = claim.excess;
    for (const { event, share } of carriers(events, claim)) {
      if (left <= 0) break;
      left -= event.amounts[claim.count] ?? 0;
      scores.set(event, (scores.get(event) ?? 0) + claim.weight * share);
    }
  }
  return [...scores]
    .sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a.at - b.at || (a.id < b.id ? -1 : 1))
    .map(([event]) => event);
}

/** The events behind one claim with the share of it that each one's slice carries, densest first. */
function carriers(events: readonly CitedEvent[], { count, peakSlice }: Claim) {
  const inClaim = events.filter(
    ({ at, amounts }) =>
      (amounts[count] ?? 0) > 0 &&
      (peakSlice === undefined || sliceOf(at) === peakSlice || sliceOf(at) === peakSlice - 1),
  );
  const bySlice = new Map<number, number>();
  let total = 0;
  for (const { at, amounts } of inClaim) {
    const slice = sliceOf(at);
    bySlice.set(slice, (bySlice.get(slice) ?? 0) + (amounts[count] ?? 0));
    total += amounts[count] ?? 0;
  }
  return inClaim
    .map((event) => ({ event, share: (bySlice.get(sliceOf(event.at)) ?? 0) / total }))
    .sort((a, b) => b.share - a.share || a.event.at - b.event.at);
}
