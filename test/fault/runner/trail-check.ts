/** Compares the store with the topics: each offset one outcome, each event once, each dead letter once. */
import { z } from "zod";
import type { Store } from "../../../ingest/clickhouse/client.ts";
import { defineQuery, type Reader } from "../../../ingest/clickhouse/define-query.ts";
import type { TrailReport } from "../trail-report.ts";
import type { PartitionOffsets, TopicTruth } from "./topic-truth.ts";

const outcomesWithin = defineQuery({
  name: "fault.outcomes_within",
  sql: `SELECT count() AS rows, uniqExact(offset) AS positions FROM outcomes
    WHERE source = {source:String} AND partition = {partition:UInt32}
      AND offset >= {low:UInt64} AND offset < {high:UInt64}`,
  params: z.object({
    source: z.string(),
    partition: z.number(),
    low: z.number(),
    high: z.number(),
  }),
  row: z.object({ rows: z.number(), positions: z.number() }),
});

const storedIds = defineQuery({
  name: "fault.stored_ids",
  sql: `SELECT event_id FROM (
    SELECT event_id FROM access_events UNION ALL SELECT event_id FROM subject_events
    UNION ALL SELECT event_id FROM ticket_events UNION ALL SELECT event_id FROM agent_events
  ) ORDER BY event_id`,
  params: z.object({}),
  row: z.object({ event_id: z.string() }),
});

const accessCount = defineQuery({
  name: "fault.accesses",
  sql: "SELECT count() AS rows FROM access_events",
  params: z.object({}),
  row: z.object({ rows: z.number() }),
});

/** Everything that is wrong, one sentence each; nothing is what is wanted. */
export async function wrongInTrail(
  { reader }: Pick<Store, "reader">,
  truth: TopicTruth,
  report: TrailReport,
): Promise<readonly string[]> {
  const wrong = [...report.discrepancies];
  for (const offsets of truth.offsets) wrong.push(...(await wrongWithin(reader, offsets)));
  const outcomes = truth.offsets.reduce((sum, { low, high }) => sum + high - low, 0);
  const [accesses = { rows: 0 }] = await accessCount(reader, {});
  wrong.push(
    ...differs("outcomes", report.outcomes, outcomes),
    ...differs("offsets under a link", report.verifiedOffsets, outcomes),
    ...differs("dead letters", report.deadLetters, truth.bad.size),
    ...differs("rows at one position", report.doubledRows, 0),
    ...differs("exposures", report.exposures, accesses.rows * 2),
    ...(await wrongIds(reader, truth.eventIds)),
  );
  return wrong;
}

const differs = (what: string, found: number, expected: number): string[] =>
  found === expected ? [] : [`${what}: ${found} instead of ${expected}`];

async function wrongWithin(
  reader: Reader,
  { topic, partition, low, high }: PartitionOffsets,
): Promise<readonly string[]> {
  const place = { source: `kafka:${topic}`, partition, low, high };
  const [stored = { rows: 0, positions: 0 }] = await outcomesWithin(reader, place);
  const where = `${topic}:${partition} [${low}, ${high})`;
  return [
    ...differs(`outcomes of ${where}`, stored.rows, high - low),
    ...differs(`offsets of ${where}`, stored.positions, high - low),
  ];
}

async function wrongIds(reader: Reader, expected: ReadonlySet<string>): Promise<readonly string[]> {
  const seen = new Set<string>();
  let doubled = 0;
  let foreign = 0;
  for (const { event_id: id } of await storedIds(reader, {})) {
    if (seen.has(id)) doubled += 1;
    if (!expected.has(id)) foreign += 1;
    seen.add(id);
  }
  const lost = [...expected].filter((id) => !seen.has(id)).length;
  return [
    ...differs("events stored more than once", doubled, 0),
    ...differs("events that nobody sent", foreign, 0),
    ...differs("events lost", lost, 0),
  ];
}
