/**
 * What really happened in a labelled stream: its period, its episodes of misuse, its marked days. Read from a
 * truth file as `simulate --truth` writes one.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

const time = z.iso.datetime({ offset: true });

const truthDocument = z.object({
  period: z.object({ start: time, end: time, test_start: time.optional() }),
  periods: z.array(z.object({ kind: z.string().min(1), start: time, end: time })).default([]),
  episodes: z.array(
    z.object({
      id: z.string(),
      scenario: z.string(),
      variant: z.string().nullish(),
      malicious_event_ids: z.array(z.string()),
    }),
  ),
});

/** From `start` to before `end`, epoch milliseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Days of one kind, such as quiet weeks, holidays, incidents. */
export interface MarkedPeriod extends Span {
  readonly kind: string;
}

export interface Episode {
  readonly id: string;
  readonly scenario: string;
  /** How it was done, such as naive or careful; empty: only one way. */
  readonly variant: string;
  readonly eventIds: readonly string[];
}

export interface Truth {
  /** The test period: what is raised before it is not judged. */
  readonly test: Span;
  readonly periods: readonly MarkedPeriod[];
  readonly episodes: readonly Episode[];
}

/** The file is no truth. Names the place in the document, never a value. */
export class TruthError extends Error {
  readonly code = "config.truth";
}

/**
 * Reads a truth file. `testFrom` wins over the file's own test start; without either the test is the last half
 * of the period. Throws `TruthError`, also where nothing is left to judge.
 */
export function readTruth(path: string, testFrom?: number): Truth {
  const parsed = truthDocument.safeParse(documentAt(path));
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new TruthError(`truth ${path} refused: ${places.join("; ")}`);
  }
  const { period, periods, episodes } = parsed.data;
  const start = Date.parse(period.start);
  const end = Date.parse(period.end);
  const own = period.test_start === undefined ? (start + end) / 2 : Date.parse(period.test_start);
  const test = { start: testFrom ?? own, end };
  if (test.start >= test.end) {
    throw new TruthError(`truth ${path}: expected a start of the test before ${period.end}`);
  }
  return {
    test,
    periods: periods.map((marked) => ({
      kind: marked.kind,
      start: Date.parse(marked.start),
      end: Date.parse(marked.end),
    })),
    episodes: episodes.map(({ id, scenario, variant, malicious_event_ids }) => ({
      id,
      scenario,
      variant: variant ?? "",
      eventIds: malicious_event_ids,
    })),
  };
}

function documentAt(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new TruthError(`truth ${path}: expected a readable JSON file`, { cause: error });
  }
}

export const isWithin = (at: number, { start, end }: Span): boolean => at >= start && at < end;

/** Ids of the episodes that an event belongs to, by event id. */
export type MaliciousEvents = ReadonlyMap<string, readonly string[]>;

export function maliciousEventsOf({ episodes }: Pick<Truth, "episodes">): MaliciousEvents {
  const malicious = new Map<string, string[]>();
  for (const { id, eventIds } of episodes) {
    for (const event of eventIds) {
      const known = malicious.get(event);
      if (known === undefined) malicious.set(event, [id]);
      else known.push(id);
    }
  }
  return malicious;
}
