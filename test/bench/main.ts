/**
 * What Deskwatch costs, each figure beside what the machine allows in the same run.
 *
 *   npm run bench -- [--json FILE] [--events N] [--accesses N] [--backlog N] [--trail N] [NAME…]
 *
 * NAME: decode, detection, store, verify, ledger, end_to_end, under_load, audit, growth, beside, kills (default: all but
 * the last three; the last six start a real broker, which needs Java 17 and Maven). --events: size of the sample (default
 * 100,000). --accesses: accesses among which the queries search (default 1,000,000), and up to which the store grows.
 * --backlog: events that wait in the topics end to end (default 200,000). --trail: events of the trail that an auditor
 * verifies (default 1,000,000).
 */
import { createReadStream, createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { LocalBrokerError } from "../../ingest/kafka/kafka-distribution.ts";
import { withFolder, withStore } from "../helpers/store.ts";
import { benchAudit } from "./audit.ts";
import type { BenchRow } from "./bench-row.ts";
import { benchBeside } from "./beside.ts";
import { benchDecode } from "./decode.ts";
import { benchDetection } from "./detection.ts";
import { benchEndToEnd } from "./end-to-end.ts";
import { benchFilePath } from "./file-path.ts";
import { benchGrowth } from "./growth.ts";
import { benchKills } from "./kills.ts";
import { benchLedger } from "./ledger.ts";
import { benchQueries } from "./queries.ts";
import { writeSample } from "./sample.ts";
import { benchUnderLoad } from "./under-load.ts";
import { benchVerify } from "./verify.ts";

interface Sample {
  readonly path: string;
  readonly events: number;
  readonly accessesMin: number;
  readonly folder: string;
  readonly backlog: number;
  readonly trail: number;
}

const parts = {
  decode: async ({ path }: Sample) => benchDecode(path),
  detection: async ({ path }: Sample) => {
    const zipped = `${path}.gz`;
    await pipeline(createReadStream(path), createGzip(), createWriteStream(zipped));
    return benchDetection(zipped);
  },
  store: ({ path, accessesMin }: Sample) =>
    withStore(async (store, dataDir) => [
      ...(await benchFilePath({ store, dataDir, path })),
      ...(await benchQueries({ writer: store.writer, reader: store.reader, accessesMin })),
    ]),
  verify: ({ path }: Sample) => withStore((store) => benchVerify(store, path)),
  ledger: ({ path, events }: Sample) => benchLedger(path, events),
  end_to_end: ({ folder, backlog }: Sample) =>
    withBroker(() => benchEndToEnd(join(folder, "end-to-end"), backlog)),
  under_load: ({ folder, accessesMin }: Sample) =>
    withBroker(() => benchUnderLoad(join(folder, "under-load"), accessesMin)),
  audit: ({ folder, trail }: Sample) => withBroker(() => benchAudit(join(folder, "audit"), trail)),
  growth: ({ folder, path, backlog, accessesMin }: Sample) =>
    withBroker(() =>
      benchGrowth({
        folder: join(folder, "growth"),
        samplePath: path,
        backlog,
        accessesMax: accessesMin,
      }),
    ),
  beside: ({ folder, backlog }: Sample) =>
    withBroker(() => benchBeside(join(folder, "beside"), backlog)),
  kills: ({ folder, backlog }: Sample) =>
    withBroker(() => benchKills(join(folder, "kills"), backlog)),
} as const satisfies Readonly<Record<string, (sample: Sample) => Promise<BenchRow[]>>>;
type Part = keyof typeof parts;
const partNames: readonly string[] = Object.keys(parts);
const isPart = (name: string): name is Part => partNames.includes(name);

const askedFor: readonly string[] = ["growth", "beside", "kills"];

/** A machine without Java or Maven can measure everything else. */
async function withBroker(bench: () => Promise<BenchRow[]>): Promise<BenchRow[]> {
  try {
    return await bench();
  } catch (error) {
    if (!(error instanceof LocalBrokerError)) throw error;
    write(`skipped: ${error.message}`);
    return [];
  }
}

const write = (line: string): boolean => process.stdout.write(`${line}\n`);
const digits = (value: number): string => value.toPrecision(value >= 1_000 ? 6 : 3);
const figure = (value: number): string => Number(digits(value)).toLocaleString("en");

function show({ name, value, unit, target, limit, ratio }: BenchRow): void {
  const aim = target === null ? "" : figure(target);
  const beside = `${figure(limit.value)} ${limit.name}`;
  write(
    `${name.padEnd(34)}${figure(value).padStart(10)} ${unit.padEnd(14)}${aim.padStart(8)}` +
      `${ratio.toFixed(2).padStart(10)} × ${beside}`,
  );
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "string" },
      events: { type: "string", default: "100000" },
      accesses: { type: "string", default: "1000000" },
      backlog: { type: "string", default: "200000" },
      trail: { type: "string", default: "1000000" },
    },
  });
  const unknown = positionals.find((name) => !isPart(name));
  if (unknown !== undefined) throw new Error(`no bench is called ${unknown}; ${partNames}`);
  const standard = partNames.filter((name) => !askedFor.includes(name));
  const chosen = positionals.length === 0 ? standard : positionals;
  const rows: BenchRow[] = [];
  await withFolder(async (folder) => {
    const path = join(folder, "sample.ndjson");
    const events = writeSample(path, Number(values.events));
    const sample: Sample = {
      path,
      events,
      accessesMin: Number(values.accesses),
      folder,
      backlog: Number(values.backlog),
      trail: Number(values.trail),
    };
    write(`${events} events, ${process.version}`);
    write(
      `${"name".padEnd(34)}${"value".padStart(10)} ${"unit".padEnd(14)}${"target".padStart(8)}`,
    );
    for (const name of chosen.filter(isPart)) {
      const found = await parts[name](sample);
      for (const row of found) show(row);
      rows.push(...found);
    }
  });
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

void main();
