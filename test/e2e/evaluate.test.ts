/**
 * `deskwatch evaluate` on the fixture twilio-2022: what it prints is counted again here, from the fixture's lines,
 * its truth, and the alerts that `deskwatch replay` writes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { alertSchema } from "../../detectors/alert.ts";
import { openRegistry } from "../../detectors/registry.ts";
import { runCli } from "../helpers/cli-process.ts";
import { withFolder } from "../helpers/store.ts";

const fixture = join(__dirname, "../fixtures/twilio-2022");
const events = join(fixture, "events.ndjson.gz");
const truth = join(fixture, "truth.json");
const lists = join(fixture, "config.json");
const minute = 60_000;

const wireEvent = z.object({
  event_id: z.string(),
  kind: z.string(),
  time: z.string(),
  action: z.string().optional(),
  outcome: z.string().default("success"),
  search: z.object({ kind: z.string() }).optional(),
  agent: z.object({ id: z.string() }).optional(),
  subjects: z.array(z.object({ type: z.string(), id: z.string() })).default([]),
});
type WireEvent = z.infer<typeof wireEvent>;
const signInActions = ["login", "logout", "factor_enroll"];

/** An access that put somebody's record on a screen, or asked for a person by name. */
function exposes(event: WireEvent): boolean {
  if (event.kind !== "access" || event.subjects.length === 0) return false;
  if (event.action === "search" && event.search?.kind === "exact") return true;
  return event.outcome === "success" && !signInActions.includes(event.action ?? "");
}

const labels = z
  .object({
    period: z.object({ test_start: z.string(), end: z.string() }),
    episodes: z.array(z.object({ malicious_event_ids: z.array(z.string()) })),
  })
  .parse(JSON.parse(readFileSync(truth, "utf8")));
const malicious = new Set(labels.episodes[0]?.malicious_event_ids);
const stream = gunzipSync(readFileSync(events))
  .toString("utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => wireEvent.parse(JSON.parse(line)));

/** Cells of the printed row that begins with `name`; columns are two or more spaces apart. */
function rowOf(printed: string, name: string): string[] {
  const line = printed.split("\n").find((text) => text.startsWith(`${name} `)) ?? "";
  return line.split(/ {2,}/);
}

it(
  "prints what an independent count of replayed alerts gives",
  async () => {
    await withFolder(async (folder) => {
      const json = join(folder, "evaluation.json");
      const given = ["--in", events, "--truth", truth, "--lists", lists, "--no-worth"];
      const { code, stdout, stderr } = runCli(["evaluate", ...given, "--json", json]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const out = join(folder, "alerts.ndjson");
      runCli(["replay", "--in", events, "--alerts", out, "--config", lists]);
      const { test_start: from, end } = labels.period;
      const alerts = readFileSync(out, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => alertSchema.parse(JSON.parse(line)))
        .filter(({ time }) => time >= from && time < end);
      const right = alerts.filter(
        ({ evidence }) => evidence.filter((id) => malicious.has(id)).length * 2 >= evidence.length,
      );
      const wrong = alerts.length - right.length;
      const agentDays = new Set(
        stream
          .filter((event) => exposes(event) && event.time >= from && event.time < end)
          .map(({ time, agent }) => `${time.slice(0, 10)} ${agent?.id}`),
      ).size;
      expect(right.length).toBeGreaterThan(0);

      expect(stdout).toContain(`${stream.length} events; judged from ${from} to ${end}`);
      expect(stdout).toContain(` ${agentDays} active agent-days`);
      expect(rowOf(stdout, "deskwatch")).toEqual([
        "deskwatch",
        `${alerts.length}`,
        `${right.length}`,
        `${wrong}`,
        ((100 * wrong) / agentDays).toFixed(2),
        (right.length / alerts.length).toFixed(2),
        "1",
        "1.00",
        "1.00",
      ]);

      const taken = stream.filter((event) => malicious.has(event.event_id));
      const subjectsUntil = (time: string) =>
        new Set(
          taken
            .filter((event) => exposes(event) && event.time <= time)
            .flatMap(({ subjects }) => subjects.map(({ type, id }) => `${type}:${id}`)),
        ).size;
      const first = right.map(({ time }) => time).sort()[0] ?? "";
      const ms = Date.parse(first) - Date.parse(taken[0]?.time ?? "");
      const share = (100 * subjectsUntil(first)) / subjectsUntil(end);
      const story = rowOf(stdout, "twilio_signal");
      expect(story).toEqual(expect.arrayContaining(["1 of 1", `${(ms / minute).toFixed(1)} min`]));
      expect(story).toContain(`${Math.round(share)} %`);
      expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({
        agentDays,
        alerts: alerts.map(({ alert_id }) => expect.objectContaining({ alertId: alert_id })),
      });
    });
  },
  3 * minute,
);

it(
  "finds the same under other names and with records that come twice",
  () => {
    const given = ["--in", events, "--truth", truth, "--lists", lists, "--no-worth"];
    const plain = runCli(["evaluate", ...given]).stdout;
    const changed = ["--transform", "permute-ids", "duplicate-1pct"];
    const other = runCli(["evaluate", ...given, ...changed]).stdout;
    const [, alerts, right] = rowOf(plain, "deskwatch");
    const [, alertsThen, rightThen] = rowOf(other, "deskwatch");
    expect(rightThen).toBe(right);
    // The seeded lots hang on ids: one alert at the edge of the threshold may fall either way.
    expect(Math.abs(Number(alertsThen) - Number(alerts))).toBeLessThanOrEqual(1);
  },
  3 * minute,
);

it(
  "tells what each detector that runs is worth",
  () => {
    const others = openRegistry()
      .map(({ meta }) => meta.id)
      .filter((id) => id !== "breadth");
    const given = ["--in", events, "--truth", truth, "--disable", ...others];
    const { stdout } = runCli(["evaluate", ...given]);
    const [, alerts, right] = rowOf(stdout, "deskwatch");
    expect(Number(right)).toBeGreaterThan(0);
    // Nothing is left without the only one; alone it is the whole.
    const worth = stdout.slice(stdout.indexOf("\nDetectors\n"));
    const [, named, namedRight, ...figures] = rowOf(worth, "breadth");
    expect([named, namedRight]).toEqual([alerts, right]);
    expect(figures.slice(0, 3)).toEqual(["-", "0.00", "0.00"]);
    expect(figures[3]).toBe((Number(right) / Number(alerts)).toFixed(2));
  },
  3 * minute,
);

describe("wrong usage exits with 2 and says which", () => {
  it.each([
    { why: "an unknown detector", args: ["--disable", "mind-reading"], says: "mind-reading" },
    { why: "an unknown transform", args: ["--transform", "mirror"], says: "mirror" },
    { why: "a test start that is no date", args: ["--test-from", "soon"], says: "--test-from" },
    { why: "a number for a date", args: ["--test-from", "1"], says: "--test-from" },
    { why: "a time of no zone", args: ["--test-from", "2026-03-09T00:00"], says: "offset" },
    { why: "a test after the end", args: ["--test-from", "2200-01-01"], says: "start of the test" },
    { why: "a budget of nothing", args: ["--false-alerts", "0"], says: "0.001" },
    { why: "lists that are missing", args: ["--lists", "none.json"], says: "subject lists" },
  ])("$why", ({ args, says }) => {
    const { code, stderr } = runCli(["evaluate", "--in", events, "--truth", truth, ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) });
  });

  it("a truth that is none", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "truth.json");
      writeFileSync(path, "{}");
      const { code, stderr } = runCli(["evaluate", "--in", events, "--truth", path]);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("period") });
    });
  });
});
