/** An analyst's own rule: listed, played over history, running, in the shadow, suppressed; a wrong one stops the start. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { eventually, runCli, startCli } from "../helpers/cli-process.ts";
import { commandsBelow, fencedBelow } from "../helpers/readme.ts";
import { withFolder } from "../helpers/store.ts";

const start = Date.parse("2026-03-02T09:00:00Z");
const adminKey = "bootstrap-key-of-the-tests";
const alertSchema = z.looseObject({ alert_id: z.string(), detectors: z.array(z.string()) });
const changeSchema = z.object({
  gained: z.number(),
  alerts: z.array(z.looseObject({ detectors: z.string() })),
});

/** One agent searches twelve people within an hour, without a ticket; another with one. */
function writeEvents(path: string, from: number, stepMs: number): void {
  const lines = ["ag-1", "ag-2"].flatMap((agent) =>
    Array.from({ length: 12 }, (_, n) => ({
      kind: "access",
      event_id: `${agent}-${from}-${n}`,
      time: new Date(from + n * stepMs).toISOString(),
      agent: { id: agent },
      action: "search",
      search: { kind: "exact", field: "phone" },
      subjects: [{ type: "phone", id: `+1555555${1_000 + n}` }],
      ...(agent === "ag-2" && { justification: { ticket_id: "T-1", source: "ticket_link" } }),
    })),
  );
  const sorted = lines.toSorted((a, b) => (a.time < b.time ? -1 : 1));
  writeFileSync(path, sorted.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

it("is listed, played, run, put in the shadow and suppressed as the README tells; a wrong one stops the start", async () => {
  await withFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    const [text = ""] = fencedBelow("A detector author's first task", "yaml");
    writeFileSync(at("own.yml"), text);
    writeEvents(at("desk.ndjson"), start, 60_000);
    expect(commandsBelow("A detector author's first task").join()).toContain(
      "detection rules own.yml",
    );

    const listed = runCli(["detection", "rules", at("own.yml"), "--json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ id: "sigma:searched_without_ticket" }]);
    const backtest = ["backtest", "--in", at("desk.ndjson"), "--json", "--sigma", at("own.yml")];
    const change = changeSchema.parse(JSON.parse(runCli(backtest).stdout));
    expect(change).toMatchObject({ gained: 1, alerts: [{ agent_id: "ag-1" }] });

    const settings = {
      DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
      DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
      DESKWATCH_DATA_DIR: at("data"),
      DESKWATCH_LOG_LEVEL: "error",
      DESKWATCH_PORT: "0",
      DESKWATCH_BOOTSTRAP_API_KEY: adminKey,
      DESKWATCH_SIGMA_RULES: at("own.yml"),
    };
    const replay = ["replay", "--in", at("desk.ndjson"), "--alerts", at("alerts.ndjson")];
    const replayed = (more: Readonly<Record<string, string>> = {}) => {
      const { code, stderr } = runCli(replay, { ...settings, ...more });
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      const lines = readFileSync(at("alerts.ndjson"), "utf8").split("\n").filter(Boolean);
      return lines.map((line) => alertSchema.parse(JSON.parse(line)));
    };
    const [alert] = replayed();
    expect(alert).toMatchObject({
      detectors: ["sigma:searched_without_ticket"],
      agent_id: "ag-1",
      lane: "policy",
    });
    expect(replayed({ DESKWATCH_SHADOW_DETECTORS: "sigma:searched_without_ticket" })).toEqual([]);

    const wrong = at("wrong.yml");
    writeFileSync(wrong, text.replace("value_count", "temporal_ordered"));
    const { code, stderr } = runCli(["up"], { ...settings, DESKWATCH_SIGMA_RULES: wrong });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /wrong\.yml:\d+: correlation\.type: expected event_count or value_count/,
    );
    const misspelt = { ...settings, DESKWATCH_SHADOW_DETECTORS: "sigma:searched" };
    expect(runCli(replay, misspelt)).toMatchObject({ code: 2 });

    const scope = [
      "--detector",
      "sigma:searched_without_ticket",
      "--reason",
      "drill",
      "--hours",
      "1",
    ];
    expect(runCli(["suppression", "create", ...scope], settings).code).toBe(0);
    const service = startCli(["up"], settings);
    try {
      const url = await eventually(() => /http:\/\/[\d.]+:\d+/.exec(service.said())?.[0], 60_000);
      const get = async (path: string) =>
        (await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${adminKey}` } })).json();
      const items = z.object({ items: z.array(z.looseObject({ id: z.string().optional() })) });
      const detectors = items.parse(await get("/v1/detectors")).items.map(({ id }) => id);
      expect(detectors).toContain("sigma:searched_without_ticket");
      writeEvents(at("live.partial"), Date.now(), 1);
      renameSync(at("live.partial"), join(at("data"), "inbox", "live.ndjson"));
      const suppressed = await eventually(async () => {
        const found = items.parse(await get("/v1/alerts?suppressed=true")).items;
        return found.length === 0 ? undefined : found;
      }, 60_000);
      expect(suppressed).toMatchObject([{ detectors: ["sigma:searched_without_ticket"] }]);
    } finally {
      service.kill("SIGTERM");
      await service.ended;
    }
  });
}, 300_000);
