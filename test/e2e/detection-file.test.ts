/** The file of detection's parameters, from its defaults to a change that is judged before it holds. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { labelledStream } from "../../ingest/simulator/demo-month.ts";
import { createDesk } from "../../ingest/simulator/desk.ts";
import { eventually, runCli, startCli } from "../helpers/cli-process.ts";
import { withFolder } from "../helpers/store.ts";

const start = Date.parse("2026-03-02T00:00:00Z");
const day = 86_400_000;
const found = z.object({ gained: z.number(), lost: z.number(), kept: z.number() });
const scores = z.looseObject({ alerters: z.array(z.looseObject({ alerts: z.number() })) });

it("is printed, changed, checked, played before it holds, and holds; a wrong one stops the start", async () => {
  await withFolder(async (folder) => {
    const desk = createDesk({ seed: "backtest", agents: 8, start });
    const stream = labelledStream(desk, 9, [{ id: "canary-touch", at: start + 8 * day }]);
    const iso = (time: number) => new Date(time).toISOString();
    const period = { start: iso(stream.start), end: iso(stream.end) };
    const at = (name: string) => join(folder, name);
    const lines = [...stream.events].map((event) => `${JSON.stringify(event)}\n`).join("");
    writeFileSync(at("desk.ndjson"), lines);
    writeFileSync(at("lists.json"), JSON.stringify(desk.config));
    writeFileSync(at("truth.json"), JSON.stringify({ period, episodes: stream.truths }));
    const settings = { DESKWATCH_SUBJECT_LISTS_FILE: at("lists.json") };

    const printed = runCli(["detection", "print"]);
    expect(printed.stdout).toBe(
      readFileSync(join(__dirname, "../../detectors/detection.yaml"), "utf8"),
    );
    const own = at("own.yaml");
    writeFileSync(own, printed.stdout.replace("    mode: alert", "    mode: disabled"));
    expect(runCli(["detection", "check", own])).toMatchObject({ code: 0 });

    const backtest = ["backtest", "--in", at("desk.ndjson"), "--json", "--detection"];
    const change = runCli([...backtest, own], settings);
    expect(found.parse(JSON.parse(change.stdout))).toMatchObject({ gained: 0, lost: 1 });
    const none = runCli([...backtest, join(__dirname, "../../detectors/detection.yaml")], settings);
    expect(found.parse(JSON.parse(none.stdout))).toMatchObject({ gained: 0, lost: 0 });

    const evaluated = (...args: string[]) => {
      const files = [
        "--in",
        at("desk.ndjson"),
        "--truth",
        at("truth.json"),
        "--json",
        at("out.json"),
      ];
      const { code, stderr } = runCli(["evaluate", ...files, "--no-worth", ...args], settings);
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      return scores.parse(JSON.parse(readFileSync(at("out.json"), "utf8"))).alerters[0]?.alerts;
    };
    expect(evaluated("--detection", own)).toBe((evaluated() ?? 0) - 1);

    const replay = ["replay", "--in", at("desk.ndjson"), "--alerts", at("alerts.ndjson")];
    const alertsUnder = (detectionFile: string) => {
      const { code, stderr } = runCli(replay, {
        ...settings,
        DESKWATCH_DETECTION_FILE: detectionFile,
      });
      return code === 0 ? readFileSync(at("alerts.ndjson"), "utf8").split("\n").length - 1 : stderr;
    };
    expect(alertsUnder(own)).toBe(Number(alertsUnder("")) - 1);

    const wrong = at("wrong.yaml");
    writeFileSync(wrong, "learning:\n  undisposed_days: never\n");
    const told = `${wrong}:2: learning.undisposed_days: expected a number from 1 to 90, found "never"`;
    expect(alertsUnder(wrong)).toContain(told);
    const environment = { DESKWATCH_DETECTION_FILE: wrong };
    for (const command of [
      ["detection", "check", wrong],
      ["config", "check"],
      [...backtest, wrong],
    ]) {
      const { code, stderr } = runCli(command, environment);
      expect(stderr).toContain(told);
      expect(code).toBe(2);
    }
  });
}, 300_000);

it("no command takes lists that disable a detector that there is not", async () => {
  await withFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    const written = (name: string, text: string): string => {
      writeFileSync(at(name), text);
      return at(name);
    };
    const listsOf = (id: string) =>
      written(`${id}.json`, JSON.stringify({ disabled_detectors: ["breadth", id] }));
    const events = ["--in", written("none.ndjson", "")];
    const period = { start: "2026-03-02T00:00:00Z", end: "2026-03-03T00:00:00Z" };
    const truth = ["--truth", written("truth.json", JSON.stringify({ period, episodes: [] }))];
    const environment = {
      DESKWATCH_DATA_DIR: at("data"),
      DESKWATCH_PORT: "0",
      DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
      DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
    };
    const named = "disabled_detectors: there is no breath; there are canary, ";
    const configured = { ...environment, DESKWATCH_SUBJECT_LISTS_FILE: listsOf("breath") };
    for (const command of [
      ["up"],
      ["load", ...events],
      ["replay", ...events, "--alerts", at("alerts.ndjson")],
      ["backtest", ...events, "--disable", "canary"],
      ["evaluate", ...events, ...truth],
      ["config", "check"],
    ]) {
      const { code, stderr } = runCli(command, configured);
      expect(stderr).toContain(`DESKWATCH_SUBJECT_LISTS_FILE: ${named}`);
      expect({ command, code }).toEqual({ command, code: 2 });
    }
    for (const [option, ...command] of [
      ["--lists", "backtest", ...events],
      ["--lists", "evaluate", ...events, ...truth],
      ["--config", "replay", ...events, "--alerts", at("alerts.ndjson")],
    ] as const) {
      const { code, stderr } = runCli([...command, option, listsOf("breath")], environment);
      expect(stderr).toContain(`${option}: ${named}`);
      expect({ command, code }).toEqual({ command, code: 2 });
    }
    const known = { ...environment, DESKWATCH_SUBJECT_LISTS_FILE: listsOf("canary") };
    expect(runCli(["config", "check"], known)).toMatchObject({ code: 0 });
  });
}, 120_000);

it("a start does not wait for its database before it refuses what detection is given", async () => {
  await withFolder(async (folder) => {
    const lists = join(folder, "lists.json");
    writeFileSync(lists, JSON.stringify({ disabled_detectors: ["breath"] }));
    const service = startCli(["detect"], {
      CLICKHOUSE_URL: "http://127.0.0.1:1",
      DESKWATCH_SUBJECT_LISTS_FILE: lists,
      DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
    });
    try {
      const refused = () => (service.said().includes("there is no breath") ? true : undefined);
      await eventually(refused, 30_000);
      expect(await service.ended).toBe(2);
    } finally {
      service.kill("SIGKILL");
    }
  });
}, 60_000);
