/** Retention and legal holds as an operator runs them, over one store. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ann, view } from "../helpers/audit-store.ts";
import { eventually, runCli, startCli } from "../helpers/cli-process.ts";
import { withFolder } from "../helpers/store.ts";

const minute = 60_000;

const events = ["a1", "a2", "a3"].map((agent) => ({
  ...view,
  event_id: `of-${agent}`,
  agent: { id: agent },
  subjects: [ann],
}));

const settingsOf = (folder: string) => ({
  DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
  DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
  DESKWATCH_DATA_DIR: join(folder, "data"),
  DESKWATCH_LOG_LEVEL: "error",
  DESKWATCH_PORT: "0",
});
const limited = { DESKWATCH_RETENTION_ACCESS_EVENTS_DAYS: "30" };

describe("retention by command", () => {
  it(
    "retires what no hold keeps, and what one kept once it is released and the service runs",
    async () => {
      await withFolder(async (folder) => {
        const settings = { ...settingsOf(folder), ...limited };
        const succeed = (...args: string[]): string => {
          const { code, stdout, stderr } = runCli(args, settings);
          expect({ args, code, stderr: code === 0 ? "" : stderr }).toEqual({
            args,
            code: 0,
            stderr: "",
          });
          return stdout.trim();
        };
        const file = join(folder, "old.ndjson");
        writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
        succeed("load", "--in", file);
        const reason = "case 7";
        const holdId = succeed("hold", "place", "--agent", "a2", "--reason", reason);
        const shown = JSON.parse(succeed("retention", "show", "--json"));
        expect(shown.limits).toContainEqual({
          table: "access_events",
          days: 30,
          setting: "DESKWATCH_RETENTION_ACCESS_EVENTS_DAYS",
        });
        expect(shown.limits).toContainEqual({
          table: "engine_inputs",
          days: "for ever",
          setting: "DESKWATCH_RETENTION_ENGINE_INPUTS_DAYS",
        });
        expect(shown.holds).toMatchObject([{ hold_id: holdId, agent_id: "a2", reason }]);
        const retired = JSON.parse(succeed("retention", "run", "--json"));
        expect(retired).toEqual([{ table: "access_events", retired: 2 }]);
        expect(succeed("retention", "run")).toBe("(none)");
        expect(succeed("verify")).toContain("no discrepancy");
        succeed("hold", "release", holdId);
        expect(JSON.parse(succeed("hold", "list", "--json"))).toMatchObject([
          { hold_id: holdId, released_at: expect.any(String) },
        ]);
        const service = startCli(["up"], settings);
        const [url = ""] = await eventually(
          () => /http:\/\/\S+?(?=;)/.exec(service.said()) ?? undefined,
          minute,
        );
        await eventually(async () => {
          const metrics = await (await fetch(`${url}/metrics`)).text();
          const retiredRow = /^deskwatch_retention_retired_rows_total\{table="access_events"\} 1$/m;
          return retiredRow.test(metrics) ? true : undefined;
        }, minute);
        service.kill("SIGTERM");
        expect(await service.ended).toBe(0);
        expect(succeed("verify")).toContain("no discrepancy");
      });
    },
    5 * minute,
  );

  it("names what is wrong with a hold, and places none", async () => {
    await withFolder(async (folder) => {
      const settings = settingsOf(folder);
      const place = (...args: string[]) =>
        runCli(["hold", "place", "--reason", "case 7", ...args], settings);
      expect(place()).toMatchObject({ code: 2, stderr: expect.stringContaining("--agent") });
      expect(place("--subject-token", "+15555550100").code).toBe(2);
      expect(place("--agent", "a1", "--from", "yesterday").code).toBe(2);
      const unknown = runCli(["hold", "release", "0123456789abcdef"], settings);
      expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("no hold") });
    });
  }, 120_000);
});
