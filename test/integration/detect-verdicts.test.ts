/** Verdicts stand in the recorded order: detection that is cut off anywhere has learnt them at the same place. */
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { z } from "zod";
import type { Disposition } from "../../detectors/alert.ts";
import { storeAction } from "../../detectors/store/action-store.ts";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { labelledStream } from "../../ingest/simulator/demo-month.ts";
import { createDesk } from "../../ingest/simulator/desk.ts";
import { alertId } from "../../ingest/vocabulary/brand.ts";
import { type Living, withLife } from "../helpers/detection-life.ts";
import { statementsOf } from "../helpers/ledger.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

const start = Date.parse("2026-03-02T00:00:00Z");
const day = 86_400_000;

/** A small desk's days with misuses, cut into two files where analysts have looked at the first ones. */
async function writeStream(folder: string): Promise<readonly [string, string]> {
  const desk = createDesk({ seed: "recovery", agents: 8, start });
  const stream = labelledStream(desk, 12, [
    { id: "canary-touch", at: start + 7.5 * day },
    { id: "terminated-agent", at: start + 8 * day },
    { id: "bulk-paging", at: start + 8.5 * day },
    { id: "canary-touch", at: start + 10.5 * day },
  ]);
  writeFileSync(join(folder, "lists"), JSON.stringify(desk.config));
  const paths = [join(folder, "first.ndjson"), join(folder, "second.ndjson")] as const;
  const files = paths.map((path) => createWriteStream(path));
  for (const event of stream.events) {
    const isLater = Date.parse(event.time) > start + 9 * day;
    files[isLater ? 1 : 0]?.write(`${JSON.stringify(event)}\n`);
  }
  for (const file of files) {
    file.end();
    await finished(file);
  }
  return paths;
}

/** One process's life, which ends without any farewell of detection unless `isOrderly`. */
const live = (
  folder: string,
  name: string,
  work: (living: Living) => Promise<void>,
  isOrderly = false,
): Promise<void> =>
  withLife(
    { dataDir: join(folder, name), listsPath: join(folder, "lists"), hasStatements: true },
    async (living) => {
      await work(living);
      return isOrderly ? "orderly" : "cut off";
    },
  );

const alertRow = z.object({ alert_id: z.string(), detectors: z.array(z.string()) });
const verdicts: readonly Disposition[] = ["malicious", "legitimate"];

/** Every alert so far is judged, in turn. */
async function judgeAll({ store, detection }: Living): Promise<number> {
  const query = "SELECT alert_id, detectors FROM alerts FINAL ORDER BY alert_id";
  const alerts = z.array(alertRow).parse(await store.reader.query(query, {}));
  const statements = statementsOf(store);
  for (const [n, { alert_id: id }] of alerts.entries()) {
    await storeAction(statements, {
      ...{ alertId: alertId(id), sequence: 1, status: "resolved", note: "", principal: "ann" },
      ...{ disposition: verdicts[n % 2] ?? null, at: systemClock.now() },
    });
  }
  await detection.takeStatements();
  return alerts.length;
}

const stateRow = z.object({ key: z.string(), newest: z.string() });

/** Every alert, and every piece of the engine's last state. */
async function resultIn(folder: string, name: string) {
  const store = await openStore(testStoreOptions(join(folder, name)));
  try {
    const newest = `SELECT key, argMax(state, sequence) AS newest FROM snapshots
      WHERE key != 'head' GROUP BY key ORDER BY key`;
    return {
      alerts: await store.reader.query(
        "SELECT alert_id, revision, body FROM alerts FINAL ORDER BY alert_id",
        {},
      ),
      state: (await store.reader.query(newest, {})).map((row) => {
        const { key, newest: state } = stateRow.parse(row);
        return { key, state: state.startsWith("{") ? (JSON.parse(state) as unknown) : state };
      }),
      recorded: await store.reader.query(
        "SELECT sum(end_offset - first_offset) AS verdicts FROM engine_inputs WHERE startsWith(source, 'service:')",
        {},
      ),
    };
  } finally {
    await store.close();
  }
}

describe("verdicts in detection", () => {
  it("are learnt once, at one place of the recorded order, wherever it is cut off", async () => {
    await withFolder(async (folder) => {
      const [first, second] = await writeStream(folder);
      let judged = 0;
      await live(
        folder,
        "undisturbed",
        async (desk) => {
          await desk.takeIn(first);
          judged = await judgeAll(desk);
          await desk.takeIn(second);
        },
        true,
      );
      const expected = await resultIn(folder, "undisturbed");
      expect(judged).toBeGreaterThanOrEqual(2);
      expect(expected.recorded).toEqual([{ verdicts: judged }]);
      expect(expected.alerts.length).toBeGreaterThan(judged);

      await live(folder, "disturbed", ({ takeIn }) => takeIn(first, 900));
      await live(folder, "disturbed", async (desk) => {
        await desk.takeIn(first);
        expect(await judgeAll(desk)).toBe(judged);
      });
      await live(folder, "disturbed", async ({ detection, takeIn, metrics }) => {
        expect(await metrics()).toMatch(/detect_verdicts_total\{result="misuse"\} [1-9]/);
        await detection.takeStatements();
        await takeIn(second, 300);
      });
      await live(folder, "disturbed", ({ takeIn }) => takeIn(second), true);
      expect(await resultIn(folder, "disturbed")).toEqual(expected);

      await live(
        folder,
        "unjudged",
        async ({ takeIn }) => {
          await takeIn(first);
          await takeIn(second);
        },
        true,
      );
      expect((await resultIn(folder, "unjudged")).state).not.toEqual(expected.state);
    });
  }, 300_000);

  it("count only as the service wrote them", async () => {
    await withFolder(async (folder) => {
      const [first] = await writeStream(folder);
      await live(folder, "forged", async (desk) => {
        await desk.takeIn(first);
        await desk.store.writer.command(`INSERT INTO alert_actions
          SELECT alert_id, 1, 'resolved', 'legitimate', '', 'ann', now64(3), 'service:made-up', 0,
            rowNumberInAllBlocks(), now64(3) + 60, '1:00' FROM alerts`);
        await desk.detection.takeStatements();
        await desk.detection.drain();
        expect(desk.detection.endOf("service:made-up", 0)).toBeUndefined();
        expect(await desk.metrics()).not.toContain("deskwatch_detect_verdicts_total{");
      });
    });
  }, 120_000);
});
