/** The command line as a user types it: what it promises about results, errors and exit codes. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Ajv2020 } from "ajv/dist/2020.js";
import { createProgram } from "../../api/cli/program.ts";
import { withFormats } from "../fixtures/api/conformity.ts";
import { eventually, runCli, startCli } from "../helpers/cli-process.ts";
import { withFolder } from "../helpers/store.ts";

const fixtures = join(__dirname, "../fixtures");
const fixture = join(fixtures, "twilio-2022/events.ndjson.gz");
const minute = 60_000;
const today = "2026-01-01T00:00:00Z";

const keys = {
  DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
  DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
};

describe("help and usage", () => {
  const names = createProgram().commands.map((command) => command.name());
  it.each(names)("%s --help explains itself and exits with 0", (name) => {
    const { code, stdout } = runCli([name, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`deskwatch ${name}`);
  });

  it.each([
    { why: "an unknown command", args: ["nonsense"], settings: {}, says: "nonsense" },
    { why: "a missing option", args: ["replay"], settings: {}, says: "--in" },
    { why: "an option of a command", args: ["up", "--x"], settings: {}, says: "(add --help for" },
    { why: "an unknown option", args: ["config", "print", "--xml"], settings: {}, says: "--xml" },
    {
      why: "a bad setting",
      args: ["up"],
      settings: { DESKWATCH_PORT: "http" },
      says: "DESKWATCH_PORT",
    },
    {
      why: "an unknown setting",
      args: ["up"],
      settings: { DESKWATCH_PROT: "1" },
      says: "DESKWATCH_PROT",
    },
    { why: "one role without a server", args: ["serve"], settings: {}, says: "CLICKHOUSE_URL" },
    {
      why: "a configuration of lists that is missing",
      args: ["replay", "--in", "none", "--alerts", "none.ndjson", "--config", "none.json"],
      settings: {},
      says: "subject lists",
    },
    {
      why: "a folder of the alerts that is missing",
      args: ["replay", "--in", "none", "--alerts", "none/alerts"],
      settings: {},
      says: "--alerts",
    },
    {
      why: "an organisation that does not exist",
      args: ["simulate", "--evaluation", "6", "--out", "none.ndjson"],
      settings: {},
      says: "from 1 to 5",
    },
    {
      why: "a folder in the place of a stream",
      args: ["simulate", "--out", fixtures],
      settings: {},
      says: `--out: ${fixtures} is a folder`,
    },
    {
      why: "evidence in a folder that is missing",
      args: ["evidence", "--from", today, "--to", today, "--out", "none/evidence.ndjson"],
      settings: {},
      says: "--out: there is no folder none",
    },
    { why: "an unknown misuse", args: ["simulate", "mischief"], settings: {}, says: "mischief" },
  ])("$why exits with 2 and says which", ({ args, settings, says }) => {
    const { code, stderr } = runCli(args, settings);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) });
  });

  it("a start without the subjects' keys fails and names the variable", async () => {
    await withFolder(async (folder) => {
      const { code, stderr } = runCli(["up"], { DESKWATCH_DATA_DIR: folder, DESKWATCH_PORT: "0" });
      expect(code).toBe(2);
      expect(stderr).toContain("DESKWATCH_TOKEN_KEY");
    });
  });
});

describe("keys", () => {
  it("cannot be made without the key that vouches for them, and the variable is named", async () => {
    await withFolder(async (folder) => {
      const settings = { DESKWATCH_DATA_DIR: folder };
      const { code, stdout, stderr } = runCli(["keys", "create", "--role", "admin"], settings);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain("DESKWATCH_MASTER_KEY");
    });
  });

  it(
    "are shown once, listed without their secret, and end when revoked",
    async () => {
      await withFolder(async (folder) => {
        const settings = { ...keys, DESKWATCH_DATA_DIR: folder };
        const made = runCli(["keys", "create", "--role", "analyst", "--name", "triage"], settings);
        const [, keyId = "", secret = ""] = /^dw_([0-9a-f]+)_(\S+)$/.exec(made.stdout.trim()) ?? [];
        expect(secret).not.toBe("");
        const listed = runCli(["keys", "list", "--json"], settings);
        expect(listed.stdout).not.toContain(secret);
        expect(JSON.parse(listed.stdout)).toEqual([
          expect.objectContaining({
            key_id: keyId,
            role: "analyst",
            name: "triage",
            revoked_at: null,
          }),
        ]);
        expect(runCli(["keys", "revoke", keyId], settings).code).toBe(0);
        expect(runCli(["keys", "revoke", "unknown"], settings).code).toBe(1);
        const after = JSON.parse(runCli(["keys", "list", "--json"], settings).stdout);
        expect(after).toEqual([expect.objectContaining({ revoked_at: expect.any(String) })]);
      });
    },
    minute,
  );
});

describe("simulate", () => {
  it("fires nothing into the inbox of a system that has stopped", async () => {
    await withFolder(async (folder) => {
      const inbox = join(folder, "demo", "inbox");
      mkdirSync(inbox, { recursive: true });
      const { code, stderr } = runCli(["simulate", "canary-touch"], { DESKWATCH_DATA_DIR: folder });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("no running") });
      expect(readdirSync(inbox)).toEqual([]);
    });
  });

  it(
    "lists its misuses and writes the same bytes for the same seed",
    async () => {
      await withFolder(async (folder) => {
        const listed = JSON.parse(runCli(["simulate", "--list", "--json"]).stdout);
        expect(listed.map(({ id }: { id: string }) => id)).toContain("bulk-paging");
        const write = (name: string, seed: string) => {
          const path = join(folder, name);
          const size = ["--agents", "6", "--days", "3", "--start", "2026-03-02"];
          const planted = ["--misuse", "targeted-search"];
          const { code } = runCli(["simulate", "--out", path, "--seed", seed, ...size, ...planted]);
          expect(code).toBe(0);
          return name.endsWith(".gz") ? gunzipSync(readFileSync(path)) : readFileSync(path);
        };
        const plain = write("a.ndjson", "one");
        expect(write("b.ndjson.gz", "one").equals(plain)).toBe(true);
        expect(write("c.ndjson", "two").equals(plain)).toBe(false);
      });
    },
    minute,
  );
});

describe("replay", () => {
  const validate = (() => {
    const ajv = withFormats(new Ajv2020({ strict: false }));
    const schema = readFileSync(join(fixtures, "contract/alert.schema.json"), "utf8");
    return ajv.compile(JSON.parse(schema));
  })();

  it(
    "gives byte-identical alerts for plain and gzip, each as the contract has it, by time",
    async () => {
      await withFolder(async (folder) => {
        const plain = join(folder, "events.ndjson");
        writeFileSync(plain, gunzipSync(readFileSync(fixture)));
        const replay = (input: string, name: string) => {
          const path = join(folder, name);
          const { code, stderr } = runCli(["replay", "--in", input, "--alerts", path]);
          expect({ code, stderr }).toEqual({ code: 0, stderr: expect.anything() });
          return readFileSync(path, "utf8");
        };
        const alerts = replay(fixture, "first.ndjson");
        expect(replay(plain, "second.ndjson")).toBe(alerts);
        const parsed = alerts
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
        expect(parsed.length).toBeGreaterThan(0);
        for (const alert of parsed) expect(validate(alert) ? [] : validate.errors).toEqual([]);
        const times = parsed.map(({ time }) => time);
        expect(times).toEqual([...times].sort());
      });
    },
    3 * minute,
  );

  it(
    "leaves nothing behind when it is interrupted",
    async () => {
      await withFolder(async (folder) => {
        const input = join(folder, "month.ndjson.gz");
        runCli(["simulate", "--out", input, "--days", "30", "--agents", "60"]);
        const alerts = join(folder, "alerts.ndjson");
        const temporary = join(folder, "temporary");
        mkdirSync(temporary);
        const args = ["replay", "--in", input, "--alerts", alerts];
        const replay = startCli(args, { TMPDIR: temporary });
        await eventually(() => (readdirSync(temporary).length > 0 ? true : undefined), minute);
        replay.kill("SIGINT");
        expect(await replay.ended).toBe(1);
        expect(readdirSync(temporary)).toEqual([]);
        expect(readdirSync(folder)).not.toContain("alerts.ndjson");
      });
    },
    minute,
  );

  it(
    "a file that cannot be read exits with 1 and leaves no alerts behind",
    async () => {
      await withFolder(async (folder) => {
        const alerts = join(folder, "alerts.ndjson");
        const { code } = runCli(["replay", "--in", join(folder, "none"), "--alerts", alerts]);
        expect(code).toBe(1);
        expect(() => readFileSync(alerts)).toThrow("ENOENT");
      });
    },
    minute,
  );
});

describe("load", () => {
  it(
    "changes nothing the second time",
    async () => {
      await withFolder(async (folder) => {
        const path = join(folder, "desk.ndjson");
        runCli([
          "simulate",
          "--out",
          path,
          "--agents",
          "6",
          "--days",
          "3",
          "--start",
          "2026-03-02",
        ]);
        const settings = { ...keys, DESKWATCH_DATA_DIR: join(folder, "data") };
        const load = () => JSON.parse(runCli(["load", "--in", path], settings).stdout);
        const first = load();
        expect(first.stored).toBe(first.records);
        expect(first.records).toBeGreaterThan(500);
        expect(load()).toEqual({ ...first, stored: 0 });
      });
    },
    minute,
  );
});
