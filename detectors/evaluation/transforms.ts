/**
 * Changes of a stream that must not change the picture: other ids, three times the volume, other clocks, records
 * delivered twice, records lost. Seeded; the truth and the lists are mapped along.
 */
import { type EpochMs, epochMs } from "../../ingest/vocabulary/brand.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { seededUniform } from "../stats/seeded-uniform.ts";
import type { LabelledStream } from "./labelled-stream.ts";
import { permuteIds } from "./permuted-ids.ts";
import { triple } from "./tripled-volume.ts";
import type { Span } from "./truth.ts";

type Transform = (stream: LabelledStream) => LabelledStream;

const hourMs = 3_600_000;

/** All clocks run 7 hours ahead: days, weeks and shifts begin elsewhere. */
const shiftBy7h: Transform = (stream) => {
  const later = (span: Span) => ({ start: span.start + 7 * hourMs, end: span.end + 7 * hourMs });
  const { test, periods, episodes } = stream.truth;
  return {
    ...stream,
    events: stream.events.map((event) => ({ ...event, at: laterBy7h(event.at) })),
    truth: {
      test: later(test),
      periods: periods.map((period) => ({ ...period, ...later(period) })),
      episodes,
    },
  };
};

const laterBy7h = (at: EpochMs): EpochMs => epochMs(at + 7 * hourMs);

const oneInHundred = 0.01;
/** A record comes again at most this many events later. */
const redeliveryEventsMax = 1_000;

const duplicate: Transform = (stream) => {
  const { events } = stream;
  const again = new Map<number, ConsoleEvent[]>();
  for (const [n, event] of events.entries()) {
    if (seededUniform(`duplicate|${event.eventId}`) >= oneInHundred) continue;
    const chance = seededUniform(`redelivery|${event.eventId}`);
    const delay = 1 + Math.floor(chance * redeliveryEventsMax);
    const place = Math.min(n + delay, events.length - 1);
    again.set(place, [...(again.get(place) ?? []), event]);
  }
  return { ...stream, events: events.flatMap((event, n) => [event, ...(again.get(n) ?? [])]) };
};

const drop: Transform = (stream) => ({
  ...stream,
  events: stream.events.filter(({ eventId }) => seededUniform(`drop|${eventId}`) >= oneInHundred),
});

export const transformNames = [
  "permute-ids",
  "triple",
  "shift-7h",
  "duplicate-1pct",
  "drop-1pct",
] as const;
export type TransformName = (typeof transformNames)[number];

export const transforms: Readonly<Record<TransformName, Transform>> = {
  "permute-ids": permuteIds,
  triple,
  "shift-7h": shiftBy7h,
  "duplicate-1pct": duplicate,
  "drop-1pct": drop,
};
