/** The auditor's part of the README, typed; and what the commands say of a store that was edited. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { processEnvironment } from "../../ingest/runtime/config.ts";
import { eventually, runCli, startCli } from "../helpers/cli-process.ts";
import { commandsBelow } from "../helpers/readme.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

const fixture = join(__dirname, "../fixtures/twilio-2022/events.ndjson.gz");
const minute = 60_000;
const cli = join(__dirname, "../../dist/api/cli.cjs");
jest.setTimeout(4 * minute);

const settingsIn = (folder: string) => ({
  DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
  DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
  DESKWATCH_DATA_DIR: join(folder, "data"),
  DESKWATCH_LEDGER_WITNESS_PATH: join(folder, "witness.notes"),
});

/** A store with the first lines of the published fixture. */
function load(folder: string, lines: number): string {
  const path = join(folder, "events.ndjson");
  const text = execFileSync("gzip", ["-dc", fixture], { maxBuffer: 1e9, encoding: "utf8" });
  const first = text.split("\n", lines);
  writeFileSync(path, `${first.join("\n")}\n`);
  const { code, stderr } = runCli(["load", "--in", path], settingsIn(folder));
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return first[0] ?? "";
}

async function edit(folder: string, statement: string): Promise<void> {
  const store = await openStore(testStoreOptions(join(folder, "data")));
  try {
    await store.writer.command(statement);
  } finally {
    await store.close();
  }
}

describe("an auditor", () => {
  it("types the README's commands and gets a proof", async () => {
    await withFolder(async (folder) => {
      const { agent, time } = JSON.parse(load(folder, 2_000)) as {
        readonly agent: { readonly id: string };
        readonly time: string;
      };
      const key = runCli(["ledger", "key"], settingsIn(folder)).stdout.trim();
      const script = commandsBelow("An auditor's first task")
        .join("")
        .replaceAll("npm run -s deskwatch --", `"${process.execPath}" "${cli}"`)
        .replaceAll("<agent_id>", agent.id)
        .replaceAll("<time>", time)
        .replaceAll("<public_key>", key);
      const settings = { ...processEnvironment(), ...settingsIn(folder) };
      const typed = spawnSync("sh", ["-e", "-c", script], {
        cwd: folder,
        env: settings,
        encoding: "utf8",
      });
      expect([typed.status, typed.stderr]).toEqual([0, ""]);
      expect(typed.stdout.split("\n")).toEqual([
        key,
        expect.stringMatching(/^2,000 records, .* compared in/),
        expect.stringMatching(/^log: 1 entries, 1 of them signed by 1 heads, root [0-9a-f]{64}$/),
        "witness file: holds a head of 1 of 1 entries",
        "no discrepancy",
        "evidence.ndjson.gz",
        expect.stringMatching(/^\d+ records of 1 links, under a signed head of 1 entries$/),
        "proven",
        "",
      ]);
    });
  });

  it("is told what was edited, and that the newest rows were cut off with all that knew them", async () => {
    await withFolder(async (folder) => {
      load(folder, 300);
      const before = join(folder, "before");
      cpSync(join(folder, "data"), before, { recursive: true });
      expect(runCli(["keys", "create", "--role", "viewer"], settingsIn(folder)).code).toBe(0);
      await edit(
        folder,
        "ALTER TABLE access_events UPDATE justification_reason = 'asked to' WHERE offset = 0 SETTINGS mutations_sync = 2",
      );
      const edited = runCli(["verify"], settingsIn(folder));
      expect(edited.code).toBe(1);
      expect(edited.stdout).toMatch(/^row_altered: access_events 0 of file:/m);
      expect(edited.stdout).toMatch(/^1 discrepancy$/m);
      // The older state is sound in itself: only the witness knows that there was more.
      const older = { ...settingsIn(folder), DESKWATCH_DATA_DIR: before };
      const cut = runCli(["verify", "--json"], older);
      expect(cut.code).toBe(1);
      expect(JSON.parse(cut.stdout).discrepancies).toEqual([
        expect.objectContaining({ kind: "log_shortened", from: 1, to: 2 }),
      ]);
      const blind = { ...older, DESKWATCH_LEDGER_WITNESS_PATH: "" };
      expect(runCli(["verify"], blind).stdout).toContain("no witness: a cut of the newest entries");
    });
  });

  it("is not proven by a store in which nothing is, nor by what is no bundle", async () => {
    await withFolder(async (folder) => {
      const verified = () => {
        const { code, stderr } = runCli(["verify"], settingsIn(folder));
        return [code, stderr];
      };
      const nothing = [1, expect.stringContaining("nothing is stored here")];
      expect(verified()).toEqual(nothing);
      // The first start has made the schema, and nobody has written anything.
      expect(runCli(["keys", "list"], settingsIn(folder)).code).toBe(0);
      expect(verified()).toEqual(nothing);
      const bundle = ["verify", "--bundle", join(folder, "none.ndjson")];
      writeFileSync(join(folder, "none.ndjson"), "{bad\n");
      expect(runCli([...bundle, "--public-key", "x"])).toMatchObject({ code: 2, stdout: "" });
      const told = runCli(bundle);
      expect([told.code, told.stdout]).toEqual([1, expect.stringContaining("at its start")]);
      const range = ["--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z"];
      const out = ["--out", join(folder, "evidence.ndjson")];
      const evidence = runCli(["evidence", ...range, ...out], settingsIn(folder));
      expect([evidence.code, evidence.stderr]).toEqual([2, expect.stringContaining("--to")]);
    });
  });

  it("proves a bundle whatever stands in it, and is told under whose key and what was not looked at", async () => {
    await withFolder(async (folder) => {
      const line = JSON.parse(load(folder, 1)) as { readonly time: string; readonly agent: object };
      const events = join(folder, "more.ndjson");
      const agent = { ...line.agent, id: "line\u2028separator" };
      writeFileSync(events, JSON.stringify({ ...line, event_id: "more", agent }));
      expect(runCli(["load", "--in", events], settingsIn(folder)).code).toBe(0);
      const out = join(folder, "evidence.ndjson");
      const evidence = ["evidence", "--from", line.time, "--to", line.time, "--out", out];
      expect(runCli([...evidence, "--agent", ""], settingsIn(folder)).code).toBe(2);
      expect(runCli([...evidence, "--agent", agent.id], settingsIn(folder))).toMatchObject({
        code: 0,
        stderr: "",
      });
      const bundle = ["verify", "--bundle", out];
      const proven = runCli(bundle);
      expect([proven.code, proven.stdout.split("\n")]).toEqual([
        0,
        [
          "1 records of 1 links, under a signed head of 2 entries",
          "proven, if the key that the bundle names is the log's",
          "",
        ],
      ]);
      expect(JSON.parse(runCli([...bundle, "--json"]).stdout)).toMatchObject({ isKeyGiven: false });
      expect(runCli([...bundle, "--witness", join(folder, "witness.notes")]).code).toBe(2);
    });
  });

  it("is asked for the right key where no link is of the one given", async () => {
    await withFolder(async (folder) => {
      load(folder, 30);
      const other = `1:${Buffer.alloc(32, 9).toString("base64")}`;
      const settings = { ...settingsIn(folder), DESKWATCH_LEDGER_WITNESS_PATH: "" };
      const asked = "no link is of this DESKWATCH_MASTER_KEY";
      const wrong = runCli(["verify"], { ...settings, DESKWATCH_MASTER_KEY: other });
      expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining(asked)]);
      expect(runCli(["verify"], settings).stdout).not.toContain(asked);
    });
  });

  it("has a backup put back, which verifies, has its keys, and takes nothing in twice", async () => {
    await withFolder(async (folder) => {
      load(folder, 300);
      const settings = settingsIn(folder);
      const copy = join(folder, "copy");
      expect(runCli(["keys", "create", "--role", "viewer", "--name", "kept"], settings).code).toBe(
        0,
      );
      expect(runCli(["backup", "--out", copy], settings).code).toBe(0);
      expect(runCli(["backup", "--out", copy], settings).code).toBe(1);
      const other = { ...settings, DESKWATCH_DATA_DIR: join(folder, "other") };
      expect(runCli(["restore", "--from", copy], other).code).toBe(0);
      expect(runCli(["restore", "--from", copy], other).code).toBe(1);
      const verified = runCli(["verify"], other);
      expect(verified.stdout).toContain("no discrepancy");
      expect(verified.stdout).toContain("holds a head of 2 of 2 entries");
      expect(runCli(["keys", "list"], other).stdout).toContain("kept");
      // The same file again adds nothing: the restored store knows it.
      const again = runCli(["load", "--in", join(folder, "events.ndjson")], other);
      expect(JSON.parse(again.stdout)).toMatchObject({ records: 300, stored: 0 });
    });
  });

  it("lets a witness on another machine hold the heads", async () => {
    await withFolder(async (folder) => {
      const settings = { ...settingsIn(folder), DESKWATCH_LEDGER_WITNESS_PATH: "" };
      const key = runCli(["ledger", "key"], settings).stdout.trim();
      const args = ["witness", "--public-key", key, "--port", "0"];
      const place = ["--file", join(folder, "w.notes"), "--key-file", join(folder, "w.key")];
      const witness = startCli([...args, ...place]);
      try {
        const printed = await eventually(() => {
          const lines = witness.said().trim().split("\n");
          return lines.length === 2 ? lines : undefined;
        }, 20_000);
        const own = Object.fromEntries(
          printed.map((line) => [
            line.slice(0, line.indexOf("=")),
            line.slice(line.indexOf("=") + 1),
          ]),
        );
        const path = join(folder, "events.ndjson");
        writeFileSync(path, "not an event\n");
        const watched = { ...settings, DESKWATCH_DEAD_LETTER_SHARE_MAX: "1", ...own };
        expect(runCli(["load", "--in", path], watched).code).toBe(0);
        const { code, stdout } = runCli(["verify"], watched);
        expect(stdout).toContain("witness http: holds a head of 1 of 1 entries");
        expect(code).toBe(0);
        expect(readFileSync(join(folder, "w.notes"), "utf8")).toContain("deskwatch\n1\n");
      } finally {
        witness.kill("SIGTERM");
        expect(await witness.ended).toBe(0);
      }
    });
  });
});
