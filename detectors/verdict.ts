/**
 * An analyst's verdict as an input of detection: it stands in the recorded order like an event, so that whoever scores
 * again learns at the same place.
 */
import { assertNever } from "../ingest/vocabulary/assert-never.ts";
import type { Disposition } from "./alert.ts";

export interface Verdict {
  readonly kind: "verdict";
  readonly alertId: string;
  /** `null`: an earlier one was taken back. */
  readonly disposition: Disposition | null;
}

/**
 * ordinary: it was work, and is learnt whole. misuse: it was none, and is not learnt at all. open: nobody knows yet.
 */
export const judgements = ["ordinary", "misuse", "open"] as const;
export type Judgement = (typeof judgements)[number];

/** unknown: the alert is none of the engine's, or so old that what it was about is learnt for good. */
export const verdictResults = [...judgements, "unchanged", "unknown"] as const;
export type VerdictResult = (typeof verdictResults)[number];

export function judgementOf(disposition: Disposition | null): Judgement {
  switch (disposition) {
    case "legitimate":
    case "false_positive":
      return "ordinary";
    case "malicious":
    case "policy_violation":
      return "misuse";
    case "undetermined":
    case null:
      return "open";
    default:
      return assertNever(disposition);
  }
}
