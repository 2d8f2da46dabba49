/**
 * Canaries touched while a suppression is in force and after it is revoked, with a pager that takes the calls; and a
 * verdict that detection learns from.
 */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testRoutingKey } from "../fixtures/api/hook-config.ts";
import { type PagerDutyServer, startPagerDuty } from "../fixtures/api/pagerduty-server.ts";
import { eventually, runCli, startCli } from "../helpers/cli-process.ts";
import { withFolder } from "../helpers/store.ts";

const minute = 60_000;
const adminKey = "bootstrap-key-of-the-tests";
const canary = { type: "phone", id: "+15555550100" };

interface Desk {
  readonly inbox: string;
  readonly call: (method: string, path: string, body?: object) => Promise<Response>;
}

/** A canary is opened now. */
function touch({ inbox }: Desk, agent: string, time = 1): void {
  const event = {
    ...{ kind: "access", event_id: `touch-${agent}-${time}`, time: new Date().toISOString() },
    ...{ agent: { id: agent }, action: "view", subjects: [canary] },
  };
  const partial = join(inbox, `.${agent}-${time}.partial`);
  writeFileSync(partial, `${JSON.stringify(event)}\n`);
  renameSync(partial, join(inbox, `${agent}-${time}.ndjson`));
}

async function alertsOf({ call }: Desk, query: string) {
  const { items } = (await (await call("GET", `/v1/alerts?${query}`)).json()) as {
    items: { alert_id: string; explanation: string }[];
  };
  return items.length === 0 ? undefined : items;
}

const pagedBy = ({ calls }: PagerDutyServer) => calls.map(({ event }) => event.dedup_key);

it(
  "a suppressed canary pages nobody and is on record; beside the scope and after the end it pages; a verdict is learnt",
  async () => {
    await withFolder(async (folder) => {
      const pager = await startPagerDuty();
      const lists = join(folder, "lists.json");
      writeFileSync(lists, JSON.stringify({ canary_subjects: [canary] }));
      const settings = {
        DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
        DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
        DESKWATCH_DATA_DIR: join(folder, "data"),
        DESKWATCH_LOG_LEVEL: "error",
        DESKWATCH_PORT: "0",
        DESKWATCH_SUBJECT_LISTS_FILE: lists,
        DESKWATCH_BOOTSTRAP_API_KEY: adminKey,
        PAGERDUTY_ROUTING_KEY: testRoutingKey,
        PAGERDUTY_EVENTS_URL: pager.url,
        PAGERDUTY_SEVERITY_MIN: "low",
      };
      const create = (...scope: string[]) =>
        runCli(["suppression", "create", ...scope, "--reason", "drill", "--hours", "1"], settings);
      expect(create().code).toBe(2);
      expect(create("--detector", "canari").stderr).toContain("there is no canari; there are");
      const id = create("--detector", "canary", "--agent", "ann").stdout.trim();
      const service = startCli(["up"], settings);
      try {
        const [url = ""] = await eventually(
          () => /http:\/\/\S+?(?=;)/.exec(service.said()) ?? undefined,
          minute,
        );
        const headers = { authorization: `Bearer ${adminKey}`, "if-match": "*" };
        const json = { ...headers, "content-type": "application/json" };
        const desk: Desk = {
          inbox: join(folder, "data", "inbox"),
          call: (method, path, body) =>
            body === undefined
              ? fetch(`${url}${path}`, { method, headers })
              : fetch(`${url}${path}`, { method, headers: json, body: JSON.stringify(body) }),
        };
        touch(desk, "ann");
        const [hushed] = await eventually(() => alertsOf(desk, `suppression_id=${id}`), minute);
        expect(hushed?.explanation).toContain(`Suppressed by ${id}`);
        touch(desk, "bob");
        const [loud] = await eventually(() => alertsOf(desk, "agent_id=bob"), minute);
        await eventually(() => (pagedBy(pager).length > 0 ? true : undefined), minute);
        expect((await desk.call("DELETE", `/v1/suppressions/${id}`)).status).toBe(200);
        touch(desk, "ann", 2);
        await eventually(() => (pagedBy(pager).length > 1 ? true : undefined), minute);
        expect(pagedBy(pager)).toEqual([loud?.alert_id, hushed?.alert_id]);
        const metrics = async () => (await desk.call("GET", "/metrics")).text();
        expect(await metrics()).toMatch(/detect_suppressed_total\{detector="canary"\} 1\n/);
        const judged = { status: "resolved", disposition: "malicious" };
        const path = `/v1/alerts/${loud?.alert_id}`;
        expect((await desk.call("PATCH", path, judged)).status).toBe(200);
        const learnt = /detect_verdicts_total\{result="misuse"\} 1\n/;
        await eventually(async () => (learnt.test(await metrics()) ? true : undefined), minute);
        expect(pager.violations).toEqual([]);
      } finally {
        service.kill("SIGTERM");
        await service.ended;
        await pager.close();
      }
      expect(runCli(["verify"], settings)).toMatchObject({ code: 0 });
      expect(JSON.parse(runCli(["suppression", "list", "--json"], settings).stdout)).toMatchObject([
        { suppression_id: id, state: "revoked", agent_id: "ann", created_by: "command" },
      ]);
    });
  },
  5 * minute,
);
