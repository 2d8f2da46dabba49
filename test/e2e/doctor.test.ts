/** What would keep a start from working is said before it by `deskwatch doctor`, and by the start itself. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startHttpServer } from "../../api/http-server.ts";
import { runCli } from "../helpers/cli-process.ts";
import { withFolder } from "../helpers/store.ts";

const minute = 60_000;

const keys = {
  DESKWATCH_PORT: "0",
  DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
  DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
};

describe("doctor", () => {
  it(
    "passes when all is set, fails and advises when a key is missing",
    async () => {
      await withFolder(async (folder) => {
        const data = { DESKWATCH_DATA_DIR: folder };
        expect(runCli(["doctor"], { ...data, ...keys }).code).toBe(0);
        const { code, stdout } = runCli(["doctor", "--json"], data);
        expect(code).toBe(1);
        expect(JSON.parse(stdout)).toContainEqual(
          expect.objectContaining({ check: "DESKWATCH_TOKEN_KEY", state: "failed" }),
        );
      });
    },
    minute,
  );

  it(
    "says that detection cannot use a file, and that the store's keys are of another master key",
    async () => {
      await withFolder(async (folder) => {
        const own = { DESKWATCH_DATA_DIR: folder, ...keys };
        expect(runCli(["keys", "create", "--role", "viewer"], own).code).toBe(0);
        expect(runCli(["doctor"], own).stdout).toMatch(/^ok +api keys: 1 usable$/m);
        const master = `1:${Buffer.alloc(32, 9).toString("base64")}`;
        const other = { ...own, DESKWATCH_MASTER_KEY: master };
        const told = "1 key that was not made under this master key";
        const listed = runCli(["keys", "list"], other);
        expect(listed).toMatchObject({
          code: 0,
          stdout: "(none)\n",
          stderr: `left out: ${told}\n`,
        });
        const lists = join(folder, "lists.json");
        writeFileSync(lists, '{"disabled_detectors":["breath"]}');
        const { code, stdout } = runCli(["doctor"], {
          ...other,
          DESKWATCH_SUBJECT_LISTS_FILE: lists,
        });
        expect(code).toBe(1);
        expect(stdout).toMatch(/^failed +detection: DESKWATCH_SUBJECT_LISTS_FILE: .* no breath;/m);
        expect(stdout).toContain(`failed   api keys: 0 usable, ${told}`);
        const refused = "DESKWATCH_MASTER_KEY: another key of version 1 than this store was begun";
        expect(stdout).toContain(`failed   keys of the store: ${refused} with`);
      });
    },
    minute,
  );

  it(
    "says what a start would refuse of a witness, and so does the check of the configuration",
    async () => {
      await withFolder(async (folder) => {
        const unfit = {
          ...{ ...keys, DESKWATCH_DATA_DIR: folder },
          DESKWATCH_LEDGER_WITNESS_URL: "http://127.0.0.1:1",
        };
        const refused = "DESKWATCH_LEDGER_WITNESS_KEY: expected the verifier key";
        expect(runCli(["doctor"], unfit)).toMatchObject({
          code: 1,
          stdout: expect.stringContaining(`failed   witness: ${refused}`),
        });
        expect(runCli(["up"], unfit)).toMatchObject({
          code: 2,
          stderr: expect.stringContaining(refused),
        });
        const checked = runCli(["config", "check"], {
          ...{ ...unfit, DESKWATCH_TOKEN_KEY: "1:short", PAGERDUTY_ROUTING_KEY: "short" },
        });
        expect(checked).toMatchObject({ code: 2, stdout: "" });
        for (const told of ["DESKWATCH_TOKEN_KEY: needs 32 bytes", refused, "PAGERDUTY_ROUTING_"]) {
          expect(checked.stderr).toContain(`  - ${told}`);
        }
        expect(checked.stderr).not.toContain("short\n");
      });
    },
    minute,
  );

  it(
    "says that the folder and the port are taken",
    async () => {
      await withFolder(async (folder) => {
        const file = join(folder, "file");
        writeFileSync(file, "");
        const other = await startHttpServer((_request, response) => response.end("{}"), {
          host: "127.0.0.1",
          port: 0,
        });
        const { port } = new URL(other.url);
        const taken = { ...keys, DESKWATCH_DATA_DIR: file, DESKWATCH_PORT: port };
        const { code, stdout } = runCli(["doctor"], taken);
        await other.stop();
        expect(code).toBe(1);
        expect(stdout).toContain(`failed   data folder: DESKWATCH_DATA_DIR: ${file} is no folder`);
        expect(stdout).toContain(`failed   address: DESKWATCH_PORT: port ${port} of 127.0.0.1`);
      });
    },
    minute,
  );
});

describe("a start", () => {
  const otherKey = `1:${Buffer.alloc(32, 9).toString("base64")}`;
  it(
    "over a store of other keys ends at once with 2 and names the variable, whichever command it is",
    async () => {
      await withFolder(async (folder) => {
        const own = { DESKWATCH_DATA_DIR: folder, ...keys };
        expect(runCli(["keys", "create", "--role", "viewer"], own).code).toBe(0);
        const files = ["--in", join(folder, "none.ndjson")];
        const replayed = ["replay", ...files, "--alerts", join(folder, "alerts"), "--data", folder];
        const commands = [["up"], ["load", ...files], replayed];
        for (const variable of ["DESKWATCH_TOKEN_KEY", "DESKWATCH_MASTER_KEY"]) {
          for (const args of commands) {
            const { code, stderr } = runCli(args, { ...own, [variable]: otherKey });
            const said = stderr.split("\n").filter((line) => line.startsWith("deskwatch: "));
            expect({ args, code, said }).toEqual({
              args,
              code: 2,
              said: [expect.stringMatching(`^deskwatch: ${variable}: another key .*keys.other]$`)],
            });
          }
        }
      });
    },
    minute,
  );

  it(
    "where the folder or the port is taken ends at once with 2 and one line that says which",
    async () => {
      await withFolder(async (folder) => {
        const file = join(folder, "file");
        writeFileSync(file, "");
        const other = await startHttpServer(() => undefined, { host: "127.0.0.1", port: 0 });
        const { port } = new URL(other.url);
        const settings = { ...keys, DESKWATCH_LOG_LEVEL: "silent" };
        const onFile = runCli(["up"], { ...settings, DESKWATCH_DATA_DIR: file });
        const onPort = runCli(["up"], {
          ...settings,
          DESKWATCH_DATA_DIR: join(folder, "data"),
          DESKWATCH_PORT: port,
        });
        await other.stop();
        expect(onFile).toMatchObject({ code: 2, stdout: "" });
        expect(onFile.stderr).toMatch(/^deskwatch: DESKWATCH_DATA_DIR: .* is no folder; .*\n$/);
        expect(onPort).toMatchObject({ code: 2, stdout: "" });
        expect(onPort.stderr).toMatch(/^deskwatch: DESKWATCH_PORT: port \d+ of .* in use .*\n$/);
      });
    },
    minute,
  );
});
