/** `deskwatch doctor`: what would keep a start from working is said before the start. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../helpers/cli-process.ts";
import { withFolder } from "../helpers/store.ts";

const minute = 60_000;

const keys = {
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
      });
    },
    minute,
  );
});
