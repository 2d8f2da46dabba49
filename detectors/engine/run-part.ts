/** What a run of days contributes to an alert. */
import type { AlertReason } from "../alert.ts";
import type { Dimension } from "../evidence/dimension.ts";
import type { Reading } from "../evidence/evidence.ts";
import type { Drift } from "../stats/drift.ts";
import type { AlertPart, Run } from "./agent-state.ts";
import { claimedDimensions } from "./alert-book.ts";
import { citations, citedClaims } from "./cited-event.ts";
import { amountInWords, driftReasonOf } from "./explanation.ts";
import type { ModelDeps } from "./window-life.ts";

export function runPartOf(
  { dimensions }: ModelDeps,
  run: Run,
  { readings, evidence }: { readonly readings: readonly Reading[]; readonly evidence: number },
): AlertPart {
  const all = dimensions.byProcess["agent-run"];
  const claimed = claimedDimensions(all, readings, (n) => ratioOf(run.drifts[n]));
  const reasons = claimed.map((n) => reasonAt(all[n], run.drifts[n], readings[n]));
  const claims = citedClaims(
    claimed.map((n, rank) => ({
      count: all[n]?.count ?? 0,
      peakSlice: undefined,
      excess: Math.max(1, (reasons[rank]?.observed ?? 0) - (reasons[rank]?.expected ?? 0)),
      weight: readings[n]?.evidence ?? 0,
      surprise: readings[n]?.surprise ?? 0,
    })),
  );
  const [first] = reasons;
  const days = run.drifts[claimed[0] ?? 0]?.days ?? 1;
  return {
    cause: run.cause,
    eValue: Number(evidence.toPrecision(4)),
    title: `${amountInWords(first?.observed ?? 0, first?.unit ?? "")} in ${amountInWords(days, "working days")}, ${first?.expected} expected`,
    reasons,
    cited: citations(run.cited, claims).map(({ id, at }) => ({ id, at })),
  };
}

const ratioOf = (drift: Drift | undefined): number =>
  drift === undefined ? 0 : drift.observed / Math.max(drift.expected, 1e-9);

function reasonAt(
  dimension: Dimension | undefined,
  drift: Drift | undefined,
  reading: Reading | undefined,
): AlertReason {
  if (dimension === undefined || drift === undefined) throw new RangeError("no such dimension");
  return driftReasonOf({ dimension, drift, surprise: reading?.surprise ?? 0 });
}
