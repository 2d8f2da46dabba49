/** Detection that is cut off anywhere ends with the alerts of an undisturbed run. */
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { z } from "zod";
import { takeInFiles } from "../../api/file-source.ts";
import { createDetection } from "../../detectors/main.ts";
import { readSubjectLists } from "../../detectors/subject-lists.ts";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { labelledStream } from "../../ingest/simulator/demo-month.ts";
import { createDesk } from "../../ingest/simulator/desk.ts";
import { testContext } from "../helpers/context.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

const start = Date.parse("2026-03-02T00:00:00Z");
const day = 86_400_000;

/** A small desk's days with three misuses near the end; its canaries beside it. */
async function writeStream(path: string): Promise<number> {
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
}

/** One process's life: opens everything, works, and is gone without any farewell of detection. */
async function live({ dataDir, path, cutAfter }: Life): Promise<void> {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    await migrate(store, systemClock);
    const context = testContext(dataDir, { batchRowsMax: 300, snapshotEvents: 700 });
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

const stateRow = z.object({ key: z.string(), newest: z.string() });

/** Every alert, and every piece of the engine's last state. */
async function resultIn(dataDir: string) {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    // Without the head: its digest is of the texts.
    const newestState = `SELECT key, argMax(state, sequence) AS newest FROM snapshots
      WHERE key != 'head' GROUP BY key ORDER BY key`;
    return {
      alerts: await store.reader.query(
        "SELECT alert_id, revision, body, origin FROM alerts FINAL ORDER BY alert_id",
        {},
      ),
      // Parsed where it is JSON: a restored piece may print its keys in another order.
      state: (await store.reader.query(newestState, {})).map((row) => {
        const { key, newest } = stateRow.parse(row);
        return { key, state: /^[[{]/.test(newest) ? (JSON.parse(newest) as unknown) : newest };
      }),
    };
  } finally {
    await store.close();
  }
}

/** Makes every agent's state one that its snapshot does not vouch for; it can still be read. */
async function spoilSnapshot(dataDir: string): Promise<number> {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    await store.writer.command(
      `ALTER TABLE snapshots UPDATE state = replaceOne(state, '"order":', '"order":1')
        WHERE key LIKE 'agent/%' SETTINGS mutations_sync = 2`,
    );
    const spoilt = `SELECT key FROM snapshots WHERE position(state, '"order":1') > 0`;
    return (await store.reader.query(spoilt, {})).length;
  } finally {
    await store.close();
  }
}

describe("recovery of detection", () => {
  const shares = [0.11, 0.38, 0.61, 0.86, 0.9];

  it("ends with the alerts and the state of an undisturbed run, wherever it is cut off, with damaged snapshots, too", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "desk.ndjson");
      const events = await writeStream(path);
      await live({ dataDir: join(folder, "undisturbed"), path, cutAfter: undefined });
      const expected = await resultIn(join(folder, "undisturbed"));
      expect(expected.alerts.length).toBeGreaterThanOrEqual(2);
      expect(expected.state.length).toBeGreaterThanOrEqual(8);

      const disturbed = join(folder, "disturbed");
      for (const share of shares) {
        await live({ dataDir: disturbed, path, cutAfter: Math.floor(share * events) });
      }
      await live({ dataDir: disturbed, path, cutAfter: undefined });
      expect(await resultIn(disturbed)).toEqual(expected);

      const damaged = join(folder, "damaged");
      let spoilt = 0;
      for (const share of shares) {
        await live({ dataDir: damaged, path, cutAfter: Math.floor(share * events) });
        spoilt += await spoilSnapshot(damaged);
      }
      expect(spoilt).toBeGreaterThan(0);
      await live({ dataDir: damaged, path, cutAfter: undefined });
      expect(await resultIn(damaged)).toEqual(expected);
    });
  }, 300_000);
});
