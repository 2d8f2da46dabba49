/** How long it takes to show that nothing was edited: every row, link and signed head of a store. */
import { hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Store } from "../../ingest/clickhouse/client.ts";
import type { RawRecord } from "../../ingest/vocabulary/outcome.ts";
import { auditConfig, auditStoreOf, rangeOf, soon } from "../helpers/audit-store.ts";
import { notaryOf, verify } from "../helpers/ledger.ts";
import { type BenchRow, cost, rate } from "./bench-row.ts";

const secondsPerMillionMax = 60;
const recordsPerRange = 10_000;
/** One in so many inserts is hashed, to find what hashing alone costs. */
const hashedEvery = 4;
const mebibyte = 2 ** 20;

/** Throws when the store does not verify: a figure for anything else would mean nothing. */
export async function benchVerify(store: Store, path: string): Promise<BenchRow[]> {
  const { events, hashSeconds } = await fill(store, path);
  const before = process.memoryUsage.rss();
  let most = before;
  const cpu = process.cpuUsage();
  const from = performance.now();
  const { total, offsets } = await verify(store, {
    onOffsets: () => {
      most = Math.max(most, process.memoryUsage.rss());
    },
  });
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  if (total > 0 || offsets !== events)
    throw new Error(`${total} discrepancies, ${offsets} offsets`);
  const limitName = "SHA-256 over the same rows in this process";
  const million = 1_000_000 / events;
  return [
    rate({
      name: "verify.events",
      value: events / seconds,
      unit: "events/s",
      target: 1_000_000 / secondsPerMillionMax,
      limit: { name: limitName, value: events / hashSeconds },
    }),
    rate({
      name: "verify.events_cpu",
      value: (events * 1e6) / (user + system),
      unit: "events/CPU s",
      limit: { name: limitName, value: events / hashSeconds },
    }),
    cost({
      name: "verify.per_million",
      value: seconds * million,
      unit: "s",
      target: secondsPerMillionMax,
      limit: { name: limitName, value: hashSeconds * million },
    }),
    cost({
      name: "verify.memory",
      value: most / mebibyte,
      unit: "MiB resident",
      limit: { name: "resident before it started", value: before / mebibyte },
    }),
  ];
}

/** Stores the file in ranges, has it signed, and lets the engine merge as it does when nothing more comes. */
async function fill(store: Store, path: string) {
  let hashSeconds = 0;
  let inserts = 0;
  const watched: Store = {
    ...store,
    writer: {
      ...store.writer,
      insert: async (insertion) => {
        await store.writer.insert(insertion);
        inserts += 1;
        if (inserts % hashedEvery === 0)
          hashSeconds += hashedEvery * secondsToHash(insertion.lines);
      },
    },
  };
  const audit = auditStoreOf(watched, { duplicateHorizonRows: auditConfig.duplicateHorizonRows });
  await audit.warm();
  let events = 0;
  for await (const records of rangesOf(path)) {
    await audit.insertRanges([
      { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
    ]);
    events += records.length;
  }
  await notaryOf(store).round();
  return { events, hashSeconds };
}

function secondsToHash(lines: string): number {
  const rows = lines.split("\n");
  const from = performance.now();
  for (const row of rows) hash("sha256", row, "hex");
  return (performance.now() - from) / 1000;
}

async function* rangesOf(path: string): AsyncGenerator<RawRecord[]> {
  let offset = 0;
  let records: RawRecord[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const position = { source: "file:bench", partition: 0, offset };
    records.push({ position, value: Buffer.from(line), headers: {} });
    offset += 1;
    if (records.length < recordsPerRange) continue;
    yield records;
    records = [];
  }
  if (records.length > 0) yield records;
}
