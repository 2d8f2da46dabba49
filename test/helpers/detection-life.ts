/** Lives of a process that detects over a small desk's file: cut off somewhere, or to the end. */
import { createWriteStream, writeFileSync } from "node:fs";
import { finished } from "node:stream/promises";
import { takeInFiles } from "../../api/file-source.ts";
import { createDetection } from "../../detectors/main.ts";
import { readSubjectLists } from "../../detectors/subject-lists.ts";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { labelledStream } from "../../ingest/simulator/demo-month.ts";
import { createDesk } from "../../ingest/simulator/desk.ts";
import { testContext } from "./context.ts";
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

interface Life {
  readonly dataDir: string;
  readonly path: string;
  /** The source is cut off after this many stored records; `undefined`: at its end. */
  readonly cutAfter: number | undefined;
  readonly settings?: Partial<Config>;
}

/** One process's life: opens everything, works, and is gone without any farewell of detection. */
export async function live({ dataDir, path, cutAfter, settings }: Life): Promise<void> {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    await migrate(store, systemClock);
    const context = testContext(dataDir, { batchRowsMax: 300, snapshotEvents: 700, ...settings });
    const auditStore = createAuditStore({ ...context, store });
    await auditStore.warm();
    const detection = createDetection({
      ...context,
      store,
      lists: readSubjectLists(
        `${path}.lists`,
        createTokenizer(parseKey("test", context.config.tokenKey)),
      ),
      durable: true,
      onFailure: (error) => {
        throw error;
      },
    });
    await detection.start();
    const cut = new AbortController();
    const source = { context, store, auditStore, detection, origin: "live" } as const;
    const taken = takeInFiles(source, {
      files: [path],
      signal: cut.signal,
      onProgress: ({ records }) => {
        if (cutAfter !== undefined && records >= cutAfter) cut.abort(new Error("cut off"));
      },
    });
    if (cutAfter === undefined) {
      await taken;
      await detection.stop();
    } else {
      await expect(taken).rejects.toThrow("cut off");
      // No snapshot is saved; but this process cannot open the folder again while a statement runs.
      await detection.drain();
    }
  } finally {
    await store.close();
  }
}
