/**
 * The baseline of one count of one agent, and the peers' prior that it starts from: an empirical-Bayes
 * gamma–Poisson model with over-dispersion (Robbins 1956; Morris 1983 for the shrinkage).
 *
 * A window's count X of an agent has mean m and size k; m itself is gamma distributed over peers with mean
 * M and shape A. Everything here is sums that forget exponentially, so it is exact, small and replayable.
 */
import type { CountModel } from "./negative-binomial.ts";

/** Sums over an agent's closed windows; each halves per half-life. Single precision: there are many. */
export interface CountHistory {
  /** Windows. */
  readonly windows: number;
  /** Σ x. */
  readonly sum: number;
  /** Σ ((x − m)² − m) with m as predicted before x was seen: the excess over Poisson. */
  readonly excess: number;
  /** Σ m². */
  readonly square: number;
}

export const emptyHistory: CountHistory = { windows: 0, sum: 0, excess: 0, square: 0 };

/** Sums over the closed windows of all peers; an agent with many windows weighs less per window. */
export interface PeerHistory extends CountHistory {
  /** Σ (x − M)(own mean − M): the covariance of an agent's windows is the variance between agents. */
  readonly between: number;
  /** Σ M² over the windows in `between`. */
  readonly betweenSquare: number;
}

export const emptyPeers: PeerHistory = { ...emptyHistory, between: 0, betweenSquare: 0 };

export interface Prediction extends CountModel {
  /** Share of the mean that comes from the agent's own past, 0 to 1. */
  readonly ownShare: number;
  /** The peers' mean. */
  readonly peerMean: number;
  /** What is still unknown of the agent's mean: its variance relative to mean². */
  readonly unknown: number;
}

/** Before anything is known: one subject-like count per window, bursty, agents far apart. */
const priorWindows = 5;
const priorMean = 3;
const priorDispersion = 1.2;
const priorSpread = 0.6;
const dispersionWeight = 15;
/**
 * Windows that the peers' dispersion is worth in the agent's, times (1 + relative variance of one window):
 * a rare and bursty count says nothing about its dispersion until it has burst.
 */
const ownDispersionWindows = 6;
const spreadMin = 0.1;
const spreadMax = 4;
const dispersionMin = 0.05;
const dispersionMax = 500;

/** The peers' mean M. */
function peerMean(peers: PeerHistory): number {
  return (peers.sum + priorWindows * priorMean * 0.1) / (peers.windows + priorWindows * 0.1);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Dispersion 1/k of one agent's windows, shared by all peers. */
function peerDispersion(peers: PeerHistory, mean: number): number {
  const weight = dispersionWeight * mean * mean;
  return clamp(
    (peers.excess + weight * priorDispersion) / (peers.square + weight),
    dispersionMin,
    dispersionMax,
  );
}

/** Spread 1/A of agents' means, squared relative to M. */
function peerSpread(peers: PeerHistory, mean: number): number {
  const weight = dispersionWeight * mean * mean;
  return clamp(
    (peers.between + weight * priorSpread) / (peers.betweenSquare + weight),
    spreadMin,
    spreadMax,
  );
}

/** Windows of an agent's own that weigh as much in its mean as the peers do. */
export function priorWindowsOf(peers: PeerHistory): number {
  const mean = peerMean(peers);
  return (1 / mean + peerDispersion(peers, mean)) / peerSpread(peers, mean);
}

/**
 * The predictive distribution of the agent's next window. Its dispersion adds up: the windows' own, what is
 * still unknown of the agent's mean, and what is still unknown of the peers' mean (so early intervals are
 * wide and no warm-up has to be decreed).
 */
export function predict(own: CountHistory, peers: PeerHistory): Prediction {
  const mean = peerMean(peers);
  const dispersion = peerDispersion(peers, mean);
  const shape = 1 / peerSpread(peers, mean);
  const information = own.windows / (1 / mean + dispersion);
  const ownShare = information / (shape + information);
  const ownMean = own.windows > 0 ? own.sum / own.windows : mean;
  const predicted = mean + (ownMean - mean) * ownShare;
  const windows = ownDispersionWindows * (1 + 1 / predicted + dispersion);
  const weight = windows * predicted * predicted;
  const ownDispersion = clamp(
    (own.excess + weight * dispersion) / (own.square + weight),
    dispersionMin,
    dispersionMax,
  );
  const unknown = 1 / (shape + information) + 2 / (2 + peers.windows);
  return {
    mean: predicted,
    size: 1 / (ownDispersion + unknown * (1 + ownDispersion)),
    ownShare,
    peerMean: mean,
    unknown,
  };
}

/** Own windows before an agent's deviations tell about its dispersion rather than about a poor guess. */
const settledWindows = 2;

/** The agent's history after a closed window with `count`; `keep` = share of the past that is kept. */
export function learnOwn(
  own: CountHistory,
  count: number,
  mean: number,
  keep: number,
): CountHistory {
  const deviation = count - mean;
  const settled = own.windows >= settledWindows ? 1 : 0;
  return {
    windows: Math.fround(own.windows * keep + 1),
    sum: Math.fround(own.sum * keep + count),
    excess: Math.fround(own.excess * keep + settled * (deviation * deviation - mean)),
    square: Math.fround(own.square * keep + settled * mean * mean),
  };
}

/** The peers' history after the same window; `own` is the agent's history before it. */
export function learnPeers(
  peers: PeerHistory,
  own: CountHistory,
  count: number,
  keep: number,
): PeerHistory {
  const { mean: predicted, peerMean: mean, unknown } = predict(own, peers);
  const weight = 1 / (1 + own.windows / 10);
  const known = own.windows > 0 ? weight : 0;
  const ownMean = own.windows > 0 ? own.sum / own.windows : mean;
  const deviation = count - predicted;
  const square = predicted * predicted;
  return {
    windows: peers.windows * keep + weight,
    sum: peers.sum * keep + weight * count,
    excess: peers.excess * keep + known * (deviation * deviation - predicted - unknown * square),
    square: peers.square * keep + known * square,
    between: peers.between * keep + known * (count - mean) * (ownMean - mean),
    betweenSquare: peers.betweenSquare * keep + known * mean * mean,
  };
}
