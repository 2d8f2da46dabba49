/** From bytes to rows, without a database: decoding, settling of duplicates, and the rows of every table. */
import { contentOf } from "../../ingest/clickhouse/event-rows.ts";
import { tableRowsOf } from "../../ingest/clickhouse/range-rows.ts";
import { exactTables, type PositionedOutcome } from "../../ingest/pipeline/audit-store.ts";
import { decodeRecord } from "../../ingest/pipeline/decode.ts";
import { createDecodeContext } from "../../ingest/pipeline/decode-context.ts";
import { parseKeyRing } from "../../ingest/pipeline/key.ts";
import { createSealer } from "../../ingest/pipeline/seal.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { auditConfig } from "../helpers/audit-store.ts";
import { type BenchRow, cost, cpuPer } from "./bench-row.ts";
import { recordsIn } from "./sample.ts";

const recordsMax = 50_000;

export function benchDecode(path: string): BenchRow[] {
  const records = recordsIn(path, recordsMax);
  const count = records.length;
  const context = createDecodeContext(auditConfig, systemClock);
  const decode = () =>
    records.map((record): PositionedOutcome => {
      const { position, value: bytes } = record;
      return { position, bytes, outcome: decodeRecord(record, context) };
    });
  const outcomes = decode();
  const sealer = createSealer(parseKeyRing("DESKWATCH_MASTER_KEY", auditConfig.masterKey));
  const ingestedAt = systemClock.now();
  const stamp = { place: '"file:sample",0', deadline: ingestedAt, ingestedAt, sealer };
  const events = outcomes.flatMap(({ outcome }) =>
    outcome.kind === "event" ? [outcome.event] : [],
  );
  const makeRows = (): void => {
    const settled = outcomes.map((positioned) =>
      positioned.outcome.kind === "event"
        ? { ...positioned, content: contentOf(positioned.outcome.event) }
        : positioned,
    );
    for (const table of exactTables) tableRowsOf(table, settled, stamp);
  };
  const parse = () => records.map(({ value }) => JSON.parse(value?.toString("utf8") ?? "null"));
  const write = () => events.map((event) => JSON.stringify(event));
  return [
    cost({
      name: "ingest.decode",
      value: cpuPer(count, decode),
      unit: "µs CPU/event",
      limit: { name: "JSON.parse of the same lines", value: cpuPer(count, parse) },
    }),
    cost({
      name: "ingest.rows",
      value: cpuPer(count, makeRows),
      unit: "µs CPU/event",
      limit: { name: "JSON.stringify of the same events", value: cpuPer(count, write) },
    }),
  ];
}
