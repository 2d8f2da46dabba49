/** What the ledger's commands say to whoever mistypes an option, or asks where nothing can answer. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { allMigrations } from "../../ingest/clickhouse/migrations/all-migrations.ts";
import { createNoteSigner } from "../../ingest/ledger/note-key.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { mixture } from "../helpers/audit-store.ts";
import { runCli, startCli } from "../helpers/cli-process.ts";
import { deleteRows, write } from "../helpers/retention.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

const minute = 60_000;
jest.setTimeout(4 * minute);

/** A store with one dead letter, signed. */
function filled(folder: string) {
  const settings = {
    DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
    DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
    DESKWATCH_DATA_DIR: join(folder, "data"),
    DESKWATCH_DEAD_LETTER_SHARE_MAX: "1",
  };
  const path = join(folder, "events.ndjson");
  writeFileSync(path, "not an event\n");
  expect(runCli(["load", "--in", path], settings).code).toBe(0);
  return settings;
}

const { text: publicKey } = createNoteSigner("deskwatch", Buffer.alloc(32, 7)).verifierKey;

describe("a verification", () => {
  it("is not proven by a witness that holds nothing, such as a share that is not mounted", async () => {
    await withFolder(async (folder) => {
      const settings = filled(folder);
      expect(runCli(["verify"], settings).code).toBe(0);
      const path = join(folder, "share", "witness.notes");
      const configured = runCli(["verify"], { ...settings, DESKWATCH_LEDGER_WITNESS_PATH: path });
      const told = "witness file: holds no head, so it shows nothing";
      expect([configured.code, configured.stdout]).toEqual([1, expect.stringContaining(told)]);
      expect(runCli(["verify", "--witness", path], settings).code).toBe(1);
      const topic = { ...settings, DESKWATCH_LEDGER_WITNESS_TOPIC: "console.checkpoints" };
      expect(runCli(["verify"], topic)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("KAFKA_BROKERS"),
      });
    });
  });

  it("says of a store that lacks a table whether it is of an earlier version or was tampered with", async () => {
    await withFolder(async (folder) => {
      const settings = filled(folder);
      const store = await openStore(testStoreOptions(join(folder, "data")));
      await store.writer.command("DROP TABLE erasures SYNC");
      await store.close();
      const gone = runCli(["verify"], settings);
      expect([gone.code, gone.stderr]).toEqual([
        1,
        expect.stringContaining("of the store is gone"),
      ]);
      const dataDir = join(folder, "earlier");
      const earlier = await openStore(testStoreOptions(dataDir));
      await migrate(earlier, systemClock, allMigrations.slice(0, 11));
      await earlier.close();
      const old = runCli(["verify"], { ...settings, DESKWATCH_DATA_DIR: dataDir });
      expect([old.code, old.stderr]).toEqual([1, expect.stringContaining("earlier version")]);
    });
  });

  it("tells what a killed process has left, which the next one finishes, from what was edited", async () => {
    await withFolder(async (folder) => {
      const settings = filled(folder);
      const own = testStoreOptions(join(folder, "data"));
      const left = await openStore(own);
      await write(left, "kafka:a", mixture);
      await left.close();
      const advice = "as a killed process leaves it";
      const killed = runCli(["verify"], settings);
      expect([killed.code, killed.stdout]).toEqual([1, expect.stringContaining(advice)]);
      expect(runCli(["hold", "list"], settings).code).toBe(0);
      expect(runCli(["verify"], settings).code).toBe(0);
      const edited = await openStore(own);
      await deleteRows(edited, "agent_events", "1");
      await edited.close();
      const altered = runCli(["verify"], settings);
      expect([altered.code, altered.stdout]).toEqual([1, expect.not.stringContaining(advice)]);
    });
  });

  it("without the master key says what was not tried", async () => {
    await withFolder(async (folder) => {
      const { DESKWATCH_MASTER_KEY: _none, ...settings } = filled(folder);
      const key = runCli(["ledger", "key"], { ...settings, DESKWATCH_MASTER_KEY: _none }).stdout;
      const { code, stderr } = runCli(["verify", "--public-key", key.trim()], settings);
      expect([code, stderr]).toEqual([0, expect.stringContaining("was not tried")]);
    });
  });

  it("shows what somebody has put into the database as text, not as commands to the terminal", async () => {
    await withFolder(async (folder) => {
      const settings = filled(folder);
      const store = await openStore(testStoreOptions(join(folder, "data")));
      await store.writer.command(`INSERT INTO outcomes SELECT * REPLACE (
        '\\x1b[2Jno discrepancy' AS source, now64(3) + 10 AS deadline) FROM outcomes`);
      await store.close();
      const { code, stdout } = runCli(["verify"], settings);
      expect([code, stdout]).toEqual([1, expect.stringContaining("of \\u001b[2Jno discrepancy")]);
      expect(stdout).not.toContain("\u001b");
    });
  });
});

describe("a legal hold", () => {
  const hold = ["hold", "place", "--reason", "case 7", "--agent"];

  it("is refused on what can be no agent", () => {
    const { code, stderr } = runCli([...hold, "a".repeat(257)]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--agent")]);
  });

  it("is placed on whom nothing is stored about, and says so", async () => {
    await withFolder(async (folder) => {
      const settings = filled(folder);
      const placedOn = (agent: string) => runCli([...hold, agent], settings);
      const { code, stderr } = placedOn("misspelt");
      expect([code, stderr]).toEqual([0, expect.stringContaining("nothing that is stored")]);
      const event = { event_id: "e1", time: "2026-01-10T12:00:00Z", kind: "agent", type: "hired" };
      const path = join(folder, "more.ndjson");
      writeFileSync(path, JSON.stringify({ ...event, agent_id: "ann" }));
      expect(runCli(["load", "--in", path], settings).code).toBe(0);
      expect(placedOn("ann")).toMatchObject({ code: 0, stderr: "" });
    });
  });
});

describe("a witness", () => {
  it.each([
    ["--file", "in no folder", "none/witness.notes"],
    ["--file", "of something else", "events.ndjson"],
    ["--key-file", "in no folder", "none/witness.key"],
  ])("does not start with a %s %s", async (option, _what, name) => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, "events.ndjson"), "not an event\n");
      const files = { "--file": join(folder, "w.notes"), "--key-file": join(folder, "w.key") };
      const own = Object.entries({ ...files, [option]: join(folder, name) }).flat();
      const command = ["witness", "--public-key", publicKey, "--port", "0", ...own];
      const witness = startCli(command);
      const guard = setTimeout(() => witness.kill("SIGKILL"), minute);
      expect(await witness.ended).toBe(2);
      clearTimeout(guard);
      expect(witness.said()).toContain(option);
    });
  });
});
