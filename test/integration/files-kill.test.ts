import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { exactTables } from "../../ingest/pipeline/audit-store.ts";
import { mixture, view } from "../helpers/audit-store.ts";
import { deleteRows, foundIn, rowCounts } from "../helpers/retention.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

const script = join(import.meta.dirname, "../helpers/load-process.ts");

/** Runs a load until it stands still at `point`, kills it there; or lets it end. */
async function loadUntil(folder: string, point: number, mode: string): Promise<string> {
  const args = ["--import", "tsx", script, join(folder, "data"), join(folder, "events.ndjson")];
  const child = spawn(process.execPath, [...args, `${point}`, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [line] = await Promise.race([once(child.stdout, "data"), exited]);
  const said = String(line).trim();
  if (said !== "done") child.kill("SIGKILL");
  await exited;
  return said;
}

const lineOf = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);
/** A blank line where the mixture has a tombstone. */
const lines = mixture.map((value) => `${value === null ? "" : lineOf(value)}\n`).join("");

async function storedRows({ reader }: Store): Promise<Record<string, unknown>> {
  const stored: Record<string, unknown> = {};
  for (const table of exactTables) {
    const sql = `SELECT count() AS n, uniqExact(offset) AS offsets FROM ${table}`;
    [stored[table]] = await reader.query(sql, {});
  }
  return stored;
}

describe("a load killed", () => {
  it("around each of its inserts, one kill after the other, ends with every record stored once", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "events.ndjson"), lines);
      const modes = ["before", "after", "during"];
      let kills = 0;
      let said = "";
      // Every run gets past one more insert, so the points of the whole load come up in turn.
      for (let run = 0; said !== "done" && run < 60; run += 1) {
        said = await loadUntil(folder, run % 2, modes[run % modes.length] ?? "");
        if (said !== "done") kills += 1;
      }
      expect(said).toBe("done");
      expect(kills).toBeGreaterThan(8);
      const store = await openStore(testStoreOptions(join(folder, "data")));
      try {
        const stored = await storedRows(store);
        // By hand from the mixture: see the comment on exposures in pipeline.test.ts.
        expect(stored).toEqual({
          access_events: { n: 3, offsets: 3 },
          exposures: { n: 4, offsets: 2 },
          subject_events: { n: 1, offsets: 1 },
          ticket_events: { n: 1, offsets: 1 },
          agent_events: { n: 1, offsets: 1 },
          dead_letters: { n: 2, offsets: 2 },
          outcomes: { n: 10, offsets: 10 },
        });
        expect(await foundIn(store)).toEqual([]);
      } finally {
        await store.close();
      }
    });
  }, 180_000);

  it("once its identifiers are sealed and nothing else is stored ends with a trail that verifies", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "events.ndjson"), lines);
      expect(await loadUntil(folder, 0, "after")).toBe("at 0");
      const found = async () => {
        const store = await openStore(testStoreOptions(join(folder, "data")));
        const counts = await rowCounts(store, ["identities", "outcomes"]);
        const discrepancies = await foundIn(store);
        await store.close();
        return { counts, discrepancies };
      };
      expect((await found()).counts).toEqual({ identities: 2, outcomes: 0 });
      expect(await loadUntil(folder, -1, "")).toBe("done");
      expect(await found()).toEqual({
        counts: { identities: 2, outcomes: 10 },
        discrepancies: [],
      });
    });
  }, 60_000);

  it("while a row was written of which only the token is on record stores it all the same", async () => {
    await withFolder(async (folder) => {
      const { subjects: _none, ...login } = { ...view, action: "login" };
      await writeFile(join(folder, "events.ndjson"), lineOf(login));
      expect(await loadUntil(folder, 0, "after")).toBe("at 0");
      const lost = await openStore(testStoreOptions(join(folder, "data")));
      await deleteRows(lost, "access_events", "1");
      await lost.close();
      expect(await loadUntil(folder, -1, "")).toBe("done");
      const store = await openStore(testStoreOptions(join(folder, "data")));
      const counts = await rowCounts(store, ["access_events", "outcomes"]);
      const discrepancies = await foundIn(store);
      await store.close();
      expect([counts, discrepancies]).toEqual([{ access_events: 1, outcomes: 1 }, []]);
    });
  }, 60_000);
});
