/**
 * Tells whether the offsets of a partition name the records that are stored under them.
 *
 * A topic that was deleted and made again starts at offset 0, where other records are stored already. A
 * read-back alone would take the new records for stored ones and lose them without a sound.
 */
import { z } from "zod";
import { defineQuery, type Reader } from "../clickhouse/define-query.ts";
import type { PositionedOutcome, Range } from "../pipeline/audit-store.ts";
import { KafkaError } from "./kafka-error.ts";

const storedIds = defineQuery({
  name: "outcomes.event_ids_of_range",
  sql: `SELECT offset, leftPad(lower(hex(event_id_hash)), 16, '0') AS id_hash FROM outcomes
    WHERE source = {source:String} AND partition = {partition:UInt32}
      AND offset >= {start:UInt64} AND offset < {end:UInt64} AND kind = 'event'
    ORDER BY source, partition, offset`,
  params: z.object({
    source: z.string(),
    partition: z.number().int(),
    start: z.number().int(),
    end: z.number().int(),
  }),
  row: z.object({ offset: z.number().int(), id_hash: z.string() }),
});

/** Throws `kafka.offsets_reused` when another event is stored under the position of one of `outcomes`. */
export async function refuseReusedOffsets(
  reader: Reader,
  { source, partition, start, end }: Range,
  outcomes: readonly PositionedOutcome[],
): Promise<void> {
  const rows = await storedIds(reader, { source, partition, start, end });
  const stored = new Map(rows.map((row) => [row.offset, row.id_hash]));
  const reused = outcomes.find(({ position, outcome, content }) => {
    const known = stored.get(position.offset);
    const isOther = known !== undefined && content !== undefined && known !== content.idHash;
    return outcome.kind === "event" && isOther;
  });
  if (reused === undefined) return;
  const where = `${source}, partition ${partition}, offset ${reused.position.offset}`;
  throw new KafkaError(
    `another event is stored for ${where}: the topic was made anew. Give it another name, or use an empty store`,
    { code: reusedCode },
  );
}

export const reusedCode = "kafka.offsets_reused";
