/**
 * What an auditor waits for, over a trail that came in through Kafka: a verification of the running service, of the
 * store at rest and of a restored backup, and a bundle with everything in it, made and proved with nothing else at
 * hand.
 */
import { hash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { createGzip } from "node:zlib";
import { type BenchRow, cost, type Limit } from "./bench-row.ts";
import type { Child } from "./child.ts";
import { serviceDrained } from "./drain.ts";
import { mixLines } from "./mix.ts";
import type { Usage } from "./process-usage.ts";
import { type Service, type ServicePlace, startCommand, startService } from "./service.ts";
import { fill, openStage, type Stage } from "./stage.ts";

const secondsPerMillionMax = 60;
const million = 1_000_000;
const mebibyte = 2 ** 20;
const lookEveryMs = 100;

/** `events`: how many the trail has. Throws when anything is not proven. */
export async function benchAudit(folder: string, events: number): Promise<BenchRow[]> {
  const stage = await openStage(folder, events);
  try {
    const config = stage.config("audit");
    const backupDir = join(folder, "backups");
    const place = {
      config,
      dataDir: join(folder, "audit"),
      listsPath: stage.mix.listsPath,
      backupDir,
    };
    await fill(stage, config, { from: 0, count: events });
    const service = await startService(place);
    await serviceDrained(service, events);
    const live = await verifiedLive(service, events);
    const backup = await timed(() => service.post("/v1/backups"));
    await service.stop();
    const { name } = backup.value as { readonly name: string };
    const copy = join(backupDir, name);
    const restored = { ...place, dataDir: join(folder, "restored") };
    const bundle = join(folder, "bundle.ndjson.gz");
    const copied = await timed(() => cp(copy, join(folder, "copied"), { recursive: true }));
    const packed = await timed(() => packedMix(stage));
    const copying = { name: "copying the same files", value: copied.seconds };
    const packing = { name: "gzip over the same events", value: packed.seconds };
    const hashing = {
      name: "SHA-256 over the same events in this process",
      value: (await timed(() => hashedMix(stage))).seconds,
    };
    const rows = rowsFor(events);
    return [
      ...rows.of("verify_live", live, { limit: hashing, target: secondsPerMillionMax }),
      ...rows.of("verify_at_rest", await ran(place, ["verify"]), {
        limit: hashing,
        target: secondsPerMillionMax,
      }),
      ...rows.of("backup", backup, { limit: copying }),
      ...rows.of("restore", await ran(restored, ["restore", "--from", copy]), { limit: copying }),
      ...rows.of("verify_backup", await ran(restored, ["verify"]), {
        limit: hashing,
        target: secondsPerMillionMax,
      }),
      ...rows.of("export", await ran(place, ["evidence", ...everything, "--out", bundle]), {
        limit: packing,
      }),
      ...rows.of("verify_bundle", await ran(place, ["verify", "--bundle", bundle]), {
        limit: hashing,
        target: secondsPerMillionMax,
      }),
      cost({
        name: "audit.bundle",
        value: statSync(bundle).size / events,
        unit: "bytes/event",
        limit: { name: "gzip over the same events", value: packed.value / events },
      }),
    ];
  } finally {
    await stage.stop();
  }
}

const everything = ["--from", "1970-01-01T00:00:00Z", "--to", "2299-01-01T00:00:00Z"];

interface Took {
  readonly seconds: number;
  /** Of the process that did it; absent where another did. */
  readonly usage?: Pick<Usage, "cpuSeconds" | "residentBytesMax">;
}

const rowsFor = (events: number) => ({
  of: (
    name: string,
    { seconds, usage }: Took,
    { limit, target }: { readonly limit: Limit; readonly target?: number },
  ): BenchRow[] => {
    const scaled = { name: limit.name, value: (limit.value * million) / events };
    const row = (suffix: string, value: number, unit: string) =>
      cost({ name: `audit.${name}${suffix}`, value, unit, limit: scaled });
    const whole = row("", (seconds * million) / events, "s/million");
    return [
      { ...whole, target: target ?? null },
      ...(usage === undefined
        ? []
        : [
            row("_cpu", (usage.cpuSeconds * million) / events, "CPU s/million"),
            cost({
              name: `audit.${name}_memory`,
              value: usage.residentBytesMax / mebibyte,
              unit: "MiB at most",
              limit: { name: "this process", value: process.memoryUsage.rss() / mebibyte },
            }),
          ]),
    ];
  },
});

async function timed<Value>(action: () => Promise<Value>) {
  const from = performance.now();
  const value = await action();
  return { value, seconds: (performance.now() - from) / 1_000 };
}

async function verifiedLive(service: Service, events: number): Promise<Took> {
  const before = service.child.usage().cpuSeconds;
  const { value, seconds } = await timed(() => service.post("/v1/ledger/verifications"));
  const { proven, records } = value as { readonly proven: boolean; readonly records: number };
  if (!proven || records < events) throw new Error(`${records} records, proven: ${proven}`);
  const { cpuSeconds, residentBytesMax } = service.child.usage();
  return { seconds, usage: { cpuSeconds: cpuSeconds - before, residentBytesMax } };
}

/** A command from its start to its end; throws unless it says what it says when all is well. */
async function ran(place: ServicePlace, command: readonly string[]): Promise<Took> {
  const child = startCommand(place, command);
  const { value: usage, seconds } = await timed(() => usageUntilEnd(child));
  const isWell = /no discrepancy|^proven\b|bundle\.ndjson\.gz|check it with/m.test(child.said());
  if (!isWell) throw new Error(`${command[0]}: ${child.said()}`);
  return { seconds, usage };
}

/** The last that was seen of it. */
async function usageUntilEnd(child: Child): Promise<Usage> {
  let usage = child.usage();
  let isOver = false;
  const over = child.ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await Promise.race([over, wait(lookEveryMs)]);
    usage = usageIfAny(child) ?? usage;
  }
  return usage;
}

/** A process that has just ended has none. */
function usageIfAny(child: Child): Usage | undefined {
  try {
    const usage = child.usage();
    return Number.isNaN(usage.residentBytesMax) ? undefined : usage;
  } catch {
    return undefined;
  }
}

async function hashedMix({ mix }: Stage): Promise<void> {
  for await (const { text } of mixLines(mix.path, 0, mix.events)) hash("sha256", text, "hex");
}

async function packedMix({ mix }: Stage): Promise<number> {
  let bytes = 0;
  await pipeline(
    createReadStream(mix.path),
    createGzip(),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) bytes += chunk.length;
    },
  );
  return bytes;
}
