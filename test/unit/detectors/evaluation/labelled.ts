/** Hand-made pieces of labelled streams. */
import type { RaisedAlert } from "../../../../detectors/evaluation/play.ts";
import type { Episode, Truth } from "../../../../detectors/evaluation/truth.ts";
import type { AccessEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, deskStart, subject } from "../../../helpers/support-desk.ts";

export const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** One view of each named subject, at so many minutes after the desk opened. */
export function view(
  id: string,
  agent: string,
  minute: number,
  ...subjects: string[]
): AccessEvent {
  const at = deskStart + minute * minuteMs;
  return access({ id, agent, at, subjects: subjects.map(subject) });
}

export const episode = (id: string, eventIds: readonly string[]): Episode => ({
  id,
  scenario: "bulk",
  variant: "naive",
  eventIds,
});

export const truthOf = (episodes: readonly Episode[], days = 2): Truth => ({
  test: { start: deskStart, end: deskStart + days * dayMs },
  periods: [],
  episodes,
});

export const raisedAlert = (
  id: string,
  evidence: readonly string[],
  given: Partial<RaisedAlert> = {},
): RaisedAlert => ({
  id,
  raised: { at: deskStart, position: 0 },
  incidentId: id,
  agentId: "a",
  title: "",
  detectors: ["breadth"],
  evidence,
  cameTrue: new Map(),
  ...given,
});
