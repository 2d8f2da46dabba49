/** The first command of the README, as a newcomer types it: start, look, Ctrl-C, start again. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { subjectTypes } from "../../ingest/vocabulary/event.ts";
import { eventually, type RunningCli, runCli, startCli } from "../helpers/cli-process.ts";
import { commandsBelow } from "../helpers/readme.ts";
import { withFolder } from "../helpers/store.ts";

const minute = 60_000;
const dayMs = 24 * 60 * minute;

interface Greeting {
  readonly base: string;
  readonly apiKey: string;
  /** The three `curl` lines, in the order in which they are printed. */
  readonly curls: readonly string[];
}

/** What the demo prints once it is ready. */
const greetingOf = (demo: RunningCli): Promise<Greeting> =>
  eventually(() => {
    const said = demo.said();
    if (!said.includes("Ctrl-C stops")) return undefined;
    const [, base = ""] = /demo at (http:\S+)/.exec(said) ?? [];
    const [apiKey = ""] = /dw_\S+/.exec(said) ?? [];
    const curls = said.split("\n").filter((line) => line.trim().startsWith("curl"));
    return { base, apiKey, curls };
  }, minute);

interface AlertItem {
  readonly alert_id: string;
  readonly agent_id: string;
  readonly incident_id: string;
  readonly first_event_time: string;
  readonly last_event_time: string;
  readonly explanation: string;
  readonly detectors: readonly string[];
}

async function alertsOf({ base, apiKey }: Greeting): Promise<readonly AlertItem[]> {
  const headers = { Authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${base}/v1/alerts?limit=200`, { headers });
  expect(response.status).toBe(200);
  return ((await response.json()) as { items: AlertItem[] }).items;
}

/** `dw_<id>_<secret>` */
const keyIdOf = (apiKey: string): string => apiKey.split("_")[1] ?? "";

/** Somebody whom accesses of the alert's time exposed. */
async function subjectOf({ base, apiKey }: Greeting, alert: AlertItem): Promise<string> {
  const range = `from=${alert.first_event_time}&to=${alert.last_event_time}&limit=1`;
  const headers = { Authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${base}/v1/exposure/subjects?${range}`, { headers });
  const { items } = (await response.json()) as { items: { subject_token: string }[] };
  return items[0]?.subject_token ?? "";
}

/** The analyst's part of the README with the placeholders filled in; each line's output in order. */
function typeAnalystsTask(
  { base, apiKey }: Greeting,
  alert: AlertItem,
  subject: string,
): readonly string[] {
  const values: readonly (readonly [string, string])[] = [
    ["<alert_id>", alert.alert_id],
    ["<agent_id>", alert.agent_id],
    ["<incident_id>", alert.incident_id],
    ["from=<time>", `from=${alert.first_event_time}`],
    ["to=<time>", `to=${alert.last_event_time}`],
    ['"expires_at":"<time>"', `"expires_at":"${new Date(Date.now() + dayMs).toISOString()}"`],
    ["<key_id>", keyIdOf(apiKey)],
    ['"<subject_token>"', `"${subject}"`],
    ["localhost:8080", base],
  ];
  const script = commandsBelow("An analyst's first task")
    .join("")
    .replace(/^KEY=.*$/m, `KEY=${apiKey}`)
    .replaceAll(/^api .*?(?<!\\)$/gms, (command) => `${command}\necho; echo ----`);
  const filled = values.reduce((text, [name, value]) => text.replaceAll(name, value), script);
  const output = execFileSync("bash", ["-c", filled], { encoding: "utf8" });
  return output.split("----\n").filter((text) => text.trim() !== "");
}

/** Of the demo's folder at rest, with the keys that it made for itself. */
function ownSettings(folder: string) {
  const dataDir = join(folder, "demo");
  const { tokenKey, masterKey } = JSON.parse(readFileSync(join(dataDir, "own-keys.json"), "utf8"));
  return {
    DESKWATCH_DATA_DIR: dataDir,
    DESKWATCH_TOKEN_KEY: String(tokenKey),
    DESKWATCH_MASTER_KEY: String(masterKey),
  };
}

const shell = (line: string): string => execFileSync("sh", ["-c", line], { encoding: "utf8" });

describe("the demo", () => {
  it(
    "shows its alerts, takes a fired misuse within 10 s, stops at Ctrl-C and resumes",
    async () => {
      await withFolder(async (folder) => {
        const settings = { DESKWATCH_DATA_DIR: folder, DESKWATCH_PORT: "0" };
        const first = startCli(["demo"], settings);
        try {
          const greeting = await greetingOf(first);
          const before = await alertsOf(greeting);
          expect(before.length).toBeGreaterThan(0);
          expect(greeting.curls).toHaveLength(3);
          const [list = "", one = "", metrics = ""] = greeting.curls;
          expect(JSON.parse(shell(list)).items.length).toBeGreaterThan(0);
          expect(JSON.parse(shell(one)).explanation).toContain("Check next");
          expect(shell(metrics)).toContain("deskwatch_detect_alerts_total");

          const [open] = before.filter(({ detectors }) => detectors.includes("breadth"));
          if (open === undefined) throw new Error("the demo's month has an alert on breadth");
          const sameIncident = { incident_id: open.incident_id };
          const sameStory = expect.objectContaining(sameIncident);
          const principal = `key:${keyIdOf(greeting.apiKey)}`;
          const [counted, listed] = ["/v1/exposure/subjects", "/v1/exposure"].map((route) =>
            expect.objectContaining({ principal, route, agent_ids: [open.agent_id] }),
          );
          const subject = await subjectOf(greeting, open);
          const typed = typeAnalystsTask(greeting, open, subject).map((text) => JSON.parse(text));
          const told = { subject_token: subject };
          const type = expect.stringMatching(new RegExp(`^(${subjectTypes.join("|")})$`));
          expect(typed).toEqual([
            expect.objectContaining({ items: expect.any(Array) }),
            expect.objectContaining({ alert_id: open.alert_id, status: "open" }),
            expect.objectContaining({ items: expect.arrayContaining([sameStory]) }),
            expect.objectContaining({
              ...sameIncident,
              story: expect.arrayContaining([sameStory]),
            }),
            expect.objectContaining({ total: expect.any(Object) }),
            expect.objectContaining({ items: expect.any(Array) }),
            expect.objectContaining({ total: expect.any(Object) }),
            expect.objectContaining({ items: expect.any(Array) }),
            expect.objectContaining({ status: "resolved", disposition: "malicious" }),
            expect.objectContaining({ agent_id: open.agent_id, state: "in_force" }),
            expect.objectContaining({ agent_id: open.agent_id, released_at: null }),
            { items: [{ ...told, state: "revealed", type, id: expect.any(String) }] },
            { items: [{ ...told, state: "erased", erased_at: expect.any(String) }] },
            { items: [counted, listed], next_cursor: null },
            { items: expect.arrayContaining([counted, listed]), next_cursor: null },
          ]);

          expect(runCli(["simulate", "terminated-agent"], settings).code).toBe(0);
          await eventually(
            async () => ((await alertsOf(greeting)).length > before.length ? true : undefined),
            10_000,
          );
          const after = await alertsOf(greeting);

          const verified = await fetch(`${greeting.base}/v1/ledger/verifications`, {
            method: "POST",
            headers: { Authorization: `Bearer ${greeting.apiKey}` },
          });
          expect(await verified.json()).toMatchObject({ proven: true, discrepancies: [] });

          first.kill("SIGINT");
          expect(await first.ended).toBe(0);
          // At rest everything is signed: the last action and the last line of the trickle, too.
          expect(runCli(["verify"], ownSettings(folder))).toMatchObject({ code: 0 });

          const second = startCli(["demo"], settings);
          try {
            const again = await greetingOf(second);
            const ids = (items: readonly AlertItem[]) => items.map(({ alert_id: id }) => id).sort();
            expect(ids(await alertsOf(again))).toEqual(ids(after));
            expect(again.apiKey).not.toBe(greeting.apiKey);
            const refused = await fetch(`${again.base}/v1/alerts`, {
              headers: { Authorization: `Bearer ${greeting.apiKey}` },
            });
            expect(refused.status).toBe(401);
            second.kill("SIGTERM");
            expect(await second.ended).toBe(0);
          } finally {
            second.kill("SIGKILL");
          }
        } finally {
          first.kill("SIGKILL");
        }
      });
    },
    4 * minute,
  );

  it(
    "keeps its data where DESKWATCH_DATA_DIR says, so that a second one is refused",
    async () => {
      await withFolder(async (folder) => {
        const settings = { DESKWATCH_DATA_DIR: folder, DESKWATCH_PORT: "0" };
        const demo = startCli(["demo"], settings);
        try {
          await greetingOf(demo);
          const data = { DESKWATCH_DATA_DIR: join(folder, "demo") };
          const { code, stderr } = runCli(["keys", "list"], data);
          expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("held by") });
          expect(stderr).toContain("POST /v1/keys");
        } finally {
          demo.kill("SIGKILL");
          await demo.ended;
        }
      });
    },
    2 * minute,
  );
});
