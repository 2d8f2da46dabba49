/**
 * The dimensions of evidence: each count of each detector in each form and process, then each trial, with
 * its fixed weight.
 *
 * Weights are set before any data: a process's weights add up to 1, a detector's share is split over its
 * counts and trials, a count's over its forms (total and ten-minute peak). Forms of one behaviour share one
 * stake, so looking at the same thing in two ways costs a factor 2 and no more.
 */
import { z } from "zod";
import type { Aspect } from "../detector.ts";
import type { OpenDetector } from "./open-detector.ts";

/** session: one sign-in, or agent + console until silence. agent-day: one working day of one agent. */
export const windowKinds = ["session", "agent-day"] as const;
export type WindowKind = (typeof windowKinds)[number];

/** agent-run: the days of one agent in a row, which have no end. */
export const processes = [...windowKinds, "agent-run"] as const;
export type Process = (typeof processes)[number];

/** A record with one value of this shape for each process. */
export const perProcess = <Schema extends z.ZodType>(schema: Schema) =>
  z.object({ session: schema, "agent-day": schema, "agent-run": schema });

export const forms = ["total", "peak", "trial"] as const;
export type Form = (typeof forms)[number];

export interface Dimension {
  readonly detector: string;
  /** Position of its first detector among the counting ones. */
  readonly behaviour: number;
  readonly aspect: Aspect;
  /** Position among all counts of all detectors; of a trial, after them. */
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
  /** All trials in the order of detectors; the answers of all detectors are aligned with it. */
  readonly trials: readonly CountPlace[];
  /** Those of counts first, those of trials after them. */
  readonly byProcess: Readonly<Record<Process, readonly Dimension[]>>;
}

interface Piece {
  readonly detector: string;
  readonly behaviour: number;
  readonly aspect: Aspect;
  readonly unit: string;
  readonly weight: number;
  readonly peak: boolean;
}

export function dimensionsOf(detectors: readonly OpenDetector[]): Dimensions {
  const counting = detectors.flatMap(({ meta, counting: lane }) =>
    lane === undefined ? [] : [{ id: meta.id, lane }],
  );
  const behaviours = counting.map(({ lane }) => lane.behaviour);
  const stakes = counting.reduce((sum, { lane }) => sum + lane.stake, 0) || 1;
  const piecesOf = (part: "counts" | "trials"): Piece[] =>
    counting.flatMap(({ id, lane }) =>
      lane[part].map((one) => ({
        detector: id,
        behaviour: behaviours.indexOf(lane.behaviour),
        aspect: lane.aspect,
        unit: one.unit,
        weight: (lane.stake / stakes) * one.share,
        peak: "peak" in one && one.peak,
      })),
    );
  const counts = piecesOf("counts");
  const trials = piecesOf("trials");
  const session = counts.flatMap((piece, count) => sessionForms(piece, count));
  const days = counts.map((piece, count) => dimension(piece, count, "total", piece.weight));
  trials.forEach((piece, n) => {
    const count = counts.length + n;
    session.push(dimension(piece, count, "trial", piece.weight));
    days.push(dimension(piece, count, "trial", piece.weight));
  });
  return { counts, trials, byProcess: { session, "agent-day": days, "agent-run": days } };
}

function sessionForms(piece: Piece, count: number): Dimension[] {
  if (!piece.peak) return [dimension(piece, count, "total", piece.weight)];
  return (["total", "peak"] as const).map((form) =>
    dimension(piece, count, form, piece.weight / 2),
  );
}

function dimension(
  { detector, behaviour, aspect, unit }: Piece,
  count: number,
  form: Form,
  weight: number,
): Dimension {
  return { detector, behaviour, aspect, count, unit, form, weight };
}
