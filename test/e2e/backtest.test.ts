/** `deskwatch backtest` over files, and over the store that the same files went into. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { labelledStream } from "../../ingest/simulator/demo-month.ts";
import { createDesk } from "../../ingest/simulator/desk.ts";
import { runCli } from "../helpers/cli-process.ts";
import { withFolder } from "../helpers/store.ts";

const start = Date.parse("2026-03-02T00:00:00Z");
const day = 86_400_000;

const found = z.object({
  before: z.number(),
  after: z.number(),
  kept: z.number(),
  gained: z.number(),
  lost: z.number(),
  alerts: z.array(z.looseObject({ change: z.string(), detectors: z.string(), time: z.string() })),
});

function writeDesk(folder: string) {
  const desk = createDesk({ seed: "backtest", agents: 8, start });
  const stream = labelledStream(desk, 9, [
    { id: "canary-touch", at: start + 8 * day },
    { id: "terminated-agent", at: start + 8.5 * day },
  ]);
  const [events, lists] = [join(folder, "desk.ndjson"), join(folder, "lists.json")];
  writeFileSync(events, [...stream.events].map((event) => `${JSON.stringify(event)}\n`).join(""));
  writeFileSync(lists, JSON.stringify(desk.config));
  const settings = {
    DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
    DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
    DESKWATCH_DATA_DIR: join(folder, "data"),
    DESKWATCH_SUBJECT_LISTS_FILE: lists,
  };
  return { events, settings };
}

it("tells what a change would have lost, the same over files and over what was stored of them", async () => {
  await withFolder(async (folder) => {
    const { events, settings } = writeDesk(folder);
    const run = (...args: string[]) => runCli(["backtest", ...args], settings);
    const resultOf = (...args: string[]) => {
      const { code, stdout, stderr } = run(...args, "--json");
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      return found.parse(JSON.parse(stdout));
    };
    const change = ["--disable", "canary"];
    const overFiles = resultOf("--in", events, ...change);
    expect(overFiles).toMatchObject({ gained: 0, lost: 1, after: overFiles.before - 1 });
    const [lost] = overFiles.alerts.filter((alert) => alert.change === "lost");
    expect(lost?.detectors).toBe("canary");
    expect(resultOf("--in", events, ...change, "--to", "2026-03-05T00:00:00Z").lost).toBe(0);
    expect(runCli(["load", "--in", events], settings).code).toBe(0);
    expect(resultOf("--stored", ...change)).toEqual(overFiles);
    expect(run("--in", events, ...change).stdout).toContain("lost");
    expect(run("--in", events).code).toBe(2);
    expect(run(...change).code).toBe(2);
    expect(run("--in", events, "--disable", "canari").code).toBe(2);
    const range = ["--from", "2026-03-05T00:00:00Z", "--to", "2026-03-04T00:00:00Z"];
    expect(run("--in", events, ...change, ...range).code).toBe(2);
  });
}, 300_000);
