/**
 * Reasons and sentences of an alert. The sentence is the product: it names the dimension, what was observed,
 * what was expected and how widely, against whom, over which window, what makes it worse, what would make it
 * legitimate, and what to check next. Its numbers are those of `reasons`, printed by one function.
 */
import type { AlertReason } from "../alert.ts";
import type { DetectorMeta } from "../detector.ts";
import type { Dimension, WindowKind } from "../evidence/dimension.ts";
import type { WindowModel } from "../evidence/window.ts";
import type { Drift } from "../stats/drift.ts";
import { centralInterval } from "../stats/negative-binomial.ts";
import type { TrialModel, TrialState } from "../stats/trial-wealth.ts";
import type { LearningState } from "./learning.ts";

const peakSeconds = 600;
const coverage = 0.95;

/** Three significant digits: more would pretend. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

export interface TrialReasonInput {
  readonly dimension: Dimension;
  readonly trial: Pick<TrialState, "asked" | "yes">;
  readonly model: TrialModel;
  readonly surprise: number;
  readonly elapsedMs: number;
  readonly process: WindowKind;
}

export function trialReasonOf(input: TrialReasonInput): AlertReason {
  const { dimension, trial, process } = input;
  const { rate, questions } = input.model;
  const mean = Math.max(1e-3, rate * trial.asked);
  // A negative binomial with the mean and variance of the beta–binomial, or Poisson if that is wider.
  const variance = mean * (1 - rate) * (1 + (trial.asked - 1) / (questions + 1));
  const excess = variance - mean;
  const [low, high] = centralInterval(coverage, {
    mean,
    size: (mean * mean) / Math.max(excess, 1e-3),
  });
  const interval: [number, number] = [low, Math.min(Math.max(trial.asked, 1), high)];
  const reason = {
    detector: dimension.detector,
    observed: trial.yes,
    expected: rounded(rate * trial.asked),
    interval,
    unit: dimension.unit,
    window_seconds: Math.max(1, Math.round(input.elapsedMs / 1000)),
    p_value: rounded(Math.exp(-input.surprise)),
    baseline: "own" as const,
  };
  return { ...reason, summary: trialSentence(reason, trial.asked, process) };
}

export interface DriftReasonInput {
  readonly dimension: Dimension;
  readonly drift: Drift;
  readonly surprise: number;
}

const daySeconds = 86_400;

export function driftReasonOf({ dimension, drift, surprise }: DriftReasonInput): AlertReason {
  const { days, observed, expected, variance, asked } = drift;
  const mean = Math.max(1e-3, expected);
  const size = (mean * mean) / Math.max(variance - mean, 1e-3);
  const [low, high] = centralInterval(coverage, { mean, size });
  const reason = {
    detector: dimension.detector,
    observed,
    expected: rounded(expected),
    interval: [low, asked > 0 ? Math.min(asked, high) : high] satisfies [number, number],
    unit: dimension.unit,
    window_seconds: Math.max(1, days) * daySeconds,
    p_value: rounded(Math.exp(-surprise)),
    baseline: "own" as const,
  };
  const of = asked > 0 ? `, of ${Math.max(asked, observed)}` : "";
  return {
    ...reason,
    interval: [...reason.interval],
    summary: `In ${amountInWords(days, "working days")} ${amountInWords(observed, dimension.unit)}${of}; expected ${reason.expected} (95 %: ${reason.interval[0]} to ${reason.interval[1]}) by the agent's long-term past; ${oneIn(reason.p_value)} working days.`,
  };
}

function trialSentence(reason: AlertReason, asked: number, process: WindowKind): string {
  const where = process === "session" ? "In this session" : "On this day";
  const often = process === "session" ? "session" : "day";
  const [low, high] = reason.interval ?? [0, 0];
  return `${where} ${amountInWords(reason.observed, reason.unit)}, of ${Math.max(asked, reason.observed)}; expected ${reason.expected} (95 %: ${low} to ${high}) by the agent's usual share; ${oneIn(reason.p_value ?? 1)} ${often}s.`;
}

export interface ReasonInput {
  readonly dimension: Dimension;
  readonly model: WindowModel;
  readonly observed: number;
  /** −ln of the calibrated p. */
  readonly surprise: number;
  /** Length of the window so far. Milliseconds. */
  readonly elapsedMs: number;
  readonly process: WindowKind;
}

export function reasonOf(input: ReasonInput): AlertReason {
  const { dimension, model, observed, process } = input;
  const isPeak = dimension.form === "peak";
  const seconds = isPeak ? peakSeconds : Math.max(1, Math.round(input.elapsedMs / 1000));
  const reason = {
    detector: dimension.detector,
    observed,
    expected: rounded(model.mean),
    interval: centralInterval(coverage, model),
    unit: isPeak ? `${dimension.unit} within ten minutes` : dimension.unit,
    window_seconds: seconds,
    p_value: rounded(Math.exp(-input.surprise)),
    baseline: model.ownShare >= 0.5 ? ("own" as const) : ("peers" as const),
  };
  return { ...reason, summary: sentence(reason, process) };
}

function sentence(reason: AlertReason, process: WindowKind): string {
  const where = process === "session" ? "in this session" : "on this day";
  const [low, high] = reason.interval ?? [0, 0];
  const against =
    reason.baseline === "own" ? "the agent's own past" : "peers, as little of the agent is known";
  const often = process === "session" ? "session" : "day";
  return `${amountInWords(reason.observed, reason.unit)} ${where}; expected ${reason.expected} (95 %: ${low} to ${high}) by ${against}; ${oneIn(reason.p_value ?? 1)} ${often}s.`;
}

/** Nouns and verbs that units begin with or are about, where there is one of them. */
const singular: readonly (readonly [RegExp, string])[] = [
  [
    /^(matching )?(subject|record|search|access|export|page|hour|session|secret|change|doubling|sign-in|name|working day)(e?s)\b/,
    "$1$2",
  ],
  [/^touches of canary records\b/, "touch of a canary record"],
  [/^(secret of) watch-listed subjects\b/, "$1 a watch-listed subject"],
  [/^record or pages\b/, "record or page"],
  [/^(search|access)e\b/, "$1"],
  [/^hour with (work|questions) were hours\b/, "hour with $1 was one"],
  [/^((?:subject|secret)(?! whose)[^,]*?) were\b/, "$1 was"],
  [/^(subject opened(?: without own work)?) belong\b/, "$1 belongs"],
];

/** "1 export", "2 exports"; `unit` is in the plural. */
export function amountInWords(amount: number, unit: string): string {
  if (amount !== 1) return `${amount} ${unit}`;
  return `1 ${singular.reduce((text, [plural, one]) => text.replace(plural, one), unit)}`;
}

const oneIn = (p: number): string => `seen in ${rarityOf(p)}`;

/** "about one in N", N to two digits; nothing is known so well that more than a million would be true. */
export function rarityOf(p: number): string {
  const n = 1 / Math.max(p, 1e-300);
  return n >= 1e6
    ? "fewer than one in a million"
    : `about one in ${Number(n.toPrecision(2)).toLocaleString("en-US")}`;
}

/** How far the agent is known, where that is not enough to be held against its own past first of all. */
const learningTold: Readonly<Record<LearningState, string | undefined>> = {
  cold: "the agent's own past tells little so far (cold): its peers stand in for it.",
  learning: "the agent's own past tells less than its peers so far (learning).",
  ready: undefined,
};

export interface ExplanationInput {
  /** By window, the one that tells most first. */
  readonly windows: readonly (readonly AlertReason[])[];
  readonly lead: DetectorMeta;
  /** Of the lead; undefined: a policy fact needs no baseline. */
  readonly learning: LearningState | undefined;
  /** Distinct subjects by kind, in words; empty: nobody. */
  readonly exposed: string;
}

export function explanationOf({ windows, lead, learning, exposed }: ExplanationInput): string {
  const parts = windows.flatMap((reasons, n) => [
    ...(n === 0 ? [] : ["From another session or day of the same story:"]),
    ...reasons.map(({ summary }) => summary ?? ""),
  ]);
  const told = learning && learningTold[learning];
  if (told !== undefined) parts.push(`For ${lead.id}, ${told}`);
  if (exposed !== "") parts.push(`Exposed so far: ${exposed}.`);
  return [...parts, counselOf(lead)].join(" ");
}

/** What makes it worse, what would make it legitimate, and what to check next. */
export const counselOf = ({ aggravating, legitimate, runbook }: DetectorMeta): string =>
  [aggravating, legitimate, `Check next: ${runbook.join(" ")}`].join(" ");
