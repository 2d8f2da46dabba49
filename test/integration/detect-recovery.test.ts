/** Detection that is cut off anywhere ends with the alerts of an undisturbed run. */
import { join } from "node:path";
import { z } from "zod";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { live, writeStream } from "../helpers/detection-life.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

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
