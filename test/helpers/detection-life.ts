/** Lives of a process that detects over a small desk's file: cut off somewhere, or to the end. */
import { createWriteStream, writeFileSync } from "node:fs";
import { finished } from "node:stream/promises";
import { takeInFiles } from "../../api/file-source.ts";
import { createDetection, type Detection } from "../../detectors/main.ts";
import { createReadLog } from "../../detectors/store/read-store.ts";
import { createVerdictLog } from "../../detectors/store/verdict-log.ts";
import { readSubjectLists } from "../../detectors/subject-lists.ts";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { labelledStream } from "../../ingest/simulator/demo-month.ts";
import { createDesk } from "../../ingest/simulator/desk.ts";
import { testContext } from "./context.ts";
import { testStatementMac } from "./ledger.ts";
import { testStoreOptions } from "./store.ts";

const start = Date.parse("2026-03-02T00:00:00Z");
const day = 86_400_000;

/** A small desk's days with three misuses near the end; its canaries beside it. */
export async function writeStream(path: string): Promise<number> {
  const desk = createDesk({ seed: "recovery", agents: 8, start });
  const stream = labelledStream(desk, 9, [
    { id: "bulk-paging", at: start + 7.5 * day },
    { id: "canary-touch", at: start + 8 * day },
    { id: "terminated-agent", at: start + 8.5 * day },
  ]);
  writeFileSync(`${path}.lists`, JSON.stringify(desk.config));
  const file = createWriteStream(path);
  let events = 0;
  for (const event of stream.events) {
    file.write(`${JSON.stringify(event)}\n`);
    events += 1;
  }
  file.end();
  await finished(file);
  return events;
}

export interface Living {
  readonly store: Store;
  readonly detection: Detection;
  /** Takes a file in; with `cutAfter` the source is cut off after that many stored records. */
  readonly takeIn: (path: string, cutAfter?: number) => Promise<void>;
  readonly metrics: () => Promise<string>;
  /** Log lines so far. */
  readonly logged: () => string;
}

interface LifeOptions {
  readonly dataDir: string;
  readonly listsPath: string;
  readonly settings?: Partial<Config>;
  /** Whether it takes in what analysts find out and ask. */
  readonly hasStatements?: boolean;
}

/**
 * One process's life: opens everything, works, and stops as `work` says: "orderly", or without any farewell of
 * detection.
 */
export async function withLife(
  { dataDir, listsPath, settings, hasStatements = false }: LifeOptions,
  work: (living: Living) => Promise<"orderly" | "cut off">,
): Promise<void> {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    await migrate(store, systemClock);
    const lines: string[] = [];
    const log = createLog({ logLevel: "info" }, { write: (line) => lines.push(line) });
    const overrides = { batchRowsMax: 300, snapshotEvents: 700, ...settings };
    const context = { ...testContext(dataDir, overrides), log };
    const auditStore = createAuditStore({ ...context, store });
    await auditStore.warm();
    const tokenizer = createTokenizer(parseKey("test", context.config.tokenKey));
    const deps = { reader: store.reader, mac: testStatementMac };
    const statements = { verdicts: createVerdictLog(deps), reads: createReadLog(deps) };
    const detection = createDetection({
      ...context,
      store,
      lists: readSubjectLists(listsPath, tokenizer),
      ...(hasStatements && { statements }),
      durable: true,
      onFailure: (error) => {
        throw error;
      },
    });
    await detection.start();
    const takeIn: Living["takeIn"] = async (path, cutAfter) => {
      const cut = new AbortController();
      const source = { context, store, auditStore, detection, origin: "live" } as const;
      const taken = takeInFiles(source, {
        files: [path],
        signal: cut.signal,
        onProgress: ({ records }) => {
          if (cutAfter !== undefined && records >= cutAfter) cut.abort(new Error("cut off"));
        },
      });
      if (cutAfter === undefined) await taken;
      else await expect(taken).rejects.toThrow("cut off");
    };
    const metrics = () => context.metrics.registry.metrics();
    const end = await work({ store, detection, takeIn, metrics, logged: () => lines.join("") });
    // No snapshot is saved when cut off; but this process cannot open the folder again while a statement runs.
    await (end === "orderly" ? detection.stop() : detection.drain());
  } finally {
    await store.close();
  }
}

interface Life {
  readonly dataDir: string;
  readonly path: string;
  /** The source is cut off after this many stored records; `undefined`: at its end. */
  readonly cutAfter: number | undefined;
  readonly settings?: Partial<Config>;
}

/** A life that takes one file in, to its end or until it is cut off. */
export const live = ({ dataDir, path, cutAfter, settings = {} }: Life): Promise<void> =>
  withLife({ dataDir, listsPath: `${path}.lists`, settings }, async ({ takeIn }) => {
    await takeIn(path, cutAfter);
    return cutAfter === undefined ? "orderly" : "cut off";
  });
