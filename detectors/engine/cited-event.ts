/**
 * The events that a window can cite as evidence: those that added to a count, the most telling of them kept.
 */
import type { Dimension } from "../evidence/dimension.ts";
import { type Counts, countOf, sliceMs, trialOf } from "../evidence/window.ts";

/** Events kept per window; beyond them the least telling go first. */
export const citedPerSessionMax = 24;
export const citedPerDayMax = 16;

export interface CitedEvent {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The counts, and after them the trials, that it added to, ascending; of some tens it is a few. */
  readonly places: readonly number[];
  /** What it added there, aligned with `places`. */
  readonly amounts: readonly number[];
}

/** `amounts`: of every count and every trial, 0 for those that it did not add to. */
export function citedEvent(id: string, at: number, amounts: readonly number[]): CitedEvent {
  const places: number[] = [];
  const added: number[] = [];
  for (let n = 0; n < amounts.length; n += 1) {
    const amount = amounts[n] ?? 0;
    if (amount === 0) continue;
    places.push(n);
    added.push(amount);
  }
  return { id, at, places, amounts: added };
}

const amountIn = ({ places, amounts }: CitedEvent, place: number): number =>
  amounts[places.indexOf(place)] ?? 0;

export const sliceOf = (at: number): number => Math.floor(at / sliceMs);

/** Standard deviations above its expectation up to which a count is taken for chance. */
const chanceErrors = 1.5;

/**
 * Which part of what was observed is more than was expected, 0 to 1: the chance that an event which added to it
 * is one of those that should not be there.
 */
export function excessShare(observed: number, expected: number, variance: number): number {
  if (observed <= 0) return 0;
  return Math.max(0, observed - expected - chanceErrors * Math.sqrt(variance)) / observed;
}

/**
 * Of each count and each trial of a window as it stands, in the most telling of its forms; varying like a Poisson
 * count, for lack of more.
 */
export function excessShares(counts: Counts, dimensions: readonly Dimension[]): number[] {
  const shares: number[] = [];
  for (let n = 0; n < dimensions.length; n += 1) {
    const dimension = dimensions[n];
    if (dimension === undefined) continue;
    const trial = trialOf(counts, dimension);
    const rate = counts.rates[dimension.count - counts.totals.length]?.rate ?? 1;
    const expected = trial === undefined ? (counts.models[n]?.mean ?? 0) : rate * trial.asked;
    const share = excessShare(countOf(counts, dimension), expected, expected);
    shares[dimension.count] = Math.max(shares[dimension.count] ?? 0, share);
  }
  return shares;
}

/** What each kept event of the same five minutes adds: a burst is told by many small things. */
const neighbourShare = 0.002;

function told({ places }: CitedEvent, shares: readonly number[]): number {
  let most = 0;
  for (let n = 0; n < places.length; n += 1) most = Math.max(most, shares[places[n] ?? 0] ?? 0);
  return most;
}

/**
 * Adds `event`; when full, the least telling goes, the earliest of those. `shares` tells of each count how much
 * of it is too much, so that what a window will be accused of is what it keeps.
 */
export function cite(
  events: CitedEvent[],
  event: CitedEvent,
  citedMax: number,
  shares: () => readonly number[],
): void {
  events.push(event);
  if (events.length <= citedMax) return;
  const now = shares();
  const slices = events.map(({ at }) => sliceOf(at));
  let dullest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < events.length; n += 1) {
    const one = events[n];
    if (one === undefined) continue;
    const own = told(one, now);
    if (own >= least) continue;
    const score = own + neighbourShare * timesIn(slices, slices[n]);
    if (score < least) {
      least = score;
      dullest = n;
    }
  }
  events.splice(dullest, 1);
}

function timesIn(slices: readonly number[], slice: number | undefined): number {
  let times = 0;
  for (let n = 0; n < slices.length; n += 1) if (slices[n] === slice) times += 1;
  return times;
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
 * Claims that are worth citing for: the strongest, and those at least half as surprising. What is only mentioned
 * beside it would bury the events that matter under ordinary ones.
 */
export function citedClaims<Claimed extends { readonly surprise: number }>(
  claims: readonly Claimed[],
): Claimed[] {
  const strongest = claims[0]?.surprise ?? 0;
  return claims.filter(({ surprise }, rank) => rank === 0 || 2 * surprise >= strongest);
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
      left -= amountIn(event, claim.count);
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
    ({ at, places }) =>
      places.includes(count) &&
      (peakSlice === undefined || sliceOf(at) === peakSlice || sliceOf(at) === peakSlice - 1),
  );
  const bySlice = new Map<number, number>();
  let total = 0;
  for (const event of inClaim) {
    const slice = sliceOf(event.at);
    const amount = amountIn(event, count);
    bySlice.set(slice, (bySlice.get(slice) ?? 0) + amount);
    total += amount;
  }
  return inClaim
    .map((event) => ({ event, share: (bySlice.get(sliceOf(event.at)) ?? 0) / total }))
    .sort((a, b) => b.share - a.share || a.event.at - b.event.at);
}
