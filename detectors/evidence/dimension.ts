/**
 * The dimensions of evidence: each count of each detector in each form and process, with its fixed weight.
 *
 * Weights are set before any data: a process's weights add up to 1, a detector's share is split over its
 * counts, a count's over its forms (total and ten-minute peak). Forms of one behaviour share one stake, so
 * looking at the same thing in two ways costs a factor 2 and no more. Half of an agent-week's stake lies on
 * its totals; the other half is bet on its sessions, one after the other.
 */
import type { OpenDetector } from "./open-detector.ts";

export const processes = ["session", "agent-week"] as const;
/** session: one sign-in, or agent + console until silence. agent-week: one agent from Monday, UTC. */
export type Process = (typeof processes)[number];

export const forms = ["total", "peak"] as const;
export type Form = (typeof forms)[number];

export interface Dimension {
  readonly detector: string;
  /** Position among all counts of all detectors. */
  readonly count: number;
  readonly unit: string;
  readonly form: Form;
  /** Share of the process's evidence; all together at most 1, 0 for a silenced detector. */
  readonly weight: number;
}

export interface CountPlace {
  readonly detector: string;
  readonly unit: string;
}

export interface Dimensions {
  /** All counts in the order of detectors; a tally of all detectors is aligned with it. */
  readonly counts: readonly CountPlace[];
  readonly byProcess: Readonly<Record<Process, readonly Dimension[]>>;
}

export function dimensionsOf(detectors: readonly OpenDetector[]): Dimensions {
  const counting = detectors.flatMap(({ meta, counting: lane }) =>
    lane === undefined ? [] : [{ id: meta.id, lane }],
  );
  const stakes = counting.reduce((sum, { lane }) => sum + lane.stake, 0) || 1;
  const counts: CountPlace[] = [];
  const session: Dimension[] = [];
  const week: Dimension[] = [];
  for (const { id, lane } of counting) {
    for (const { unit, share, peak } of lane.counts) {
      const weight = (lane.stake / stakes) * share;
      const base = { detector: id, count: counts.length, unit };
      counts.push({ detector: id, unit });
      week.push({ ...base, form: "total", weight: weight / 2 });
      session.push({ ...base, form: "total", weight: peak ? weight / 2 : weight });
      if (peak) session.push({ ...base, form: "peak", weight: weight / 2 });
    }
  }
  return { counts, byProcess: { session, "agent-week": week } };
}
