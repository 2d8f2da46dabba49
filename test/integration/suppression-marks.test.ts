/** Which alerts a suppression covers, over a real store with the evidence in it. */
import type { Alert } from "../../detectors/alert.ts";
import { findAlert, listAlerts } from "../../detectors/store/alert-store.ts";
import { createAlertKeeper } from "../../detectors/suppression/alert-keeper.ts";
import type { SuppressionScope } from "../../detectors/suppression/suppression.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import { alertId, epochMs } from "../../ingest/vocabulary/brand.ts";
import { alertExample } from "../fixtures/api/alert-example.ts";
import { auditConfig, auditStoreOf, rangeOf, recordsOf, soon } from "../helpers/audit-store.ts";
import { withStore } from "../helpers/store.ts";
import { suppressionsOf } from "../helpers/suppressions.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(120_000);

const start = Date.parse("2026-03-02T10:00:00Z");
const hour = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();
const person = { type: "phone", id: "+15550100", tenant: "t1" };
const other = { type: "phone", id: "+15550101", tenant: "t2" };
const tokens = createTokenizer(parseKey("test", auditConfig.tokenKey));
const tokenOf = ({ id }: typeof person) => tokens.identify("phone", id).token;

const views = [
  { event_id: "e1", subjects: [person], team: "north" },
  { event_id: "e2", subjects: [person], team: "north" },
  { event_id: "e3", subjects: [other], team: "south" },
].map(({ team, ...view }, n) => ({
  ...{ kind: "access", action: "view", agent: { id: "agent-1", team } },
  ...{ time: iso(start + n * 60_000), ...view },
}));

const anything = { detectors: [], agentId: "", subjectToken: "", tenant: "", team: "" };

/** An alert about the agent's look at one person. */
const aboutOne: Partial<Alert> = {
  detectors: ["breadth"],
  agent_ids: ["agent-1"],
  evidence: ["e1", "e2"],
  exposure: { searched: 0, displayed: 1, revealed: 0, exported: 0 },
  first_event_time: iso(start),
  last_event_time: iso(start + hour),
};

interface Outcome {
  /** The mark of the alert that was kept. */
  readonly marked: (change: Partial<Alert>) => Promise<boolean>;
  readonly store: Store;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly published: readonly Alert[];
}

/** One suppression, created at the start and in force for two hours, over a store that holds the views. */
async function under(scope: Partial<SuppressionScope>, body: (scene: Outcome) => Promise<void>) {
  await withStore(async (store) => {
    const audit = auditStoreOf(store);
    const records = recordsOf("kafka:a", 0, views);
    await audit.insertRanges([
      { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
    ]);
    const suppressions = suppressionsOf(store);
    const wanted = { ...anything, ...scope, reason: "r", expiresAt: start + 2 * hour };
    await suppressions.create(wanted, { principal: "ann", at: epochMs(start) });
    const metrics = createMetrics();
    const published: Alert[] = [];
    const keep = createAlertKeeper({
      ...{ store, metrics, suppressions, clock: systemClock },
      publish: async (alerts) => {
        published.push(...alerts);
      },
    });
    let revision = 0;
    const marked = async (change: Partial<Alert>): Promise<boolean> => {
      revision += 1;
      const alert = alertExample({ ...aboutOne, ...change });
      await keep([{ alert, revision, isNew: revision === 1 }], "live");
      const found = await findAlert(store.reader, alertId(alert.alert_id));
      return found?.suppressionId !== "";
    };
    await body({ marked, store, metrics, published });
  });
}

describe("a suppression", () => {
  const policy: Partial<Alert> = { lane: "policy", e_value: null, detectors: ["canary"] };
  const crowd = { agent_id: null, agent_ids: ["agent-1", "agent-2"] };
  const cases: [string, Partial<SuppressionScope>, Partial<Alert>, boolean][] = [
    ["of an agent covers it", { agentId: "agent-1" }, {}, true],
    ["of another agent does not", { agentId: "agent-2" }, {}, false],
    ["of one agent leaves a crowd", { agentId: "agent-1" }, crowd, false],
    ["of the detector covers it", { detectors: ["breadth"] }, {}, true],
    [
      "of one detector leaves what another adds to",
      { detectors: ["breadth"] },
      { detectors: ["breadth", "affinity"] },
      false,
    ],
    [
      "of both covers it",
      { detectors: ["affinity", "breadth"] },
      { detectors: ["breadth", "affinity"] },
      true,
    ],
    ["of an agent leaves a policy fact", { agentId: "agent-1" }, policy, false],
    [
      "that names its detector covers a policy fact",
      { agentId: "agent-1", detectors: ["canary"] },
      policy,
      true,
    ],
    ["of a subject covers it", { subjectToken: tokenOf(person) }, {}, true],
    ["of another subject does not", { subjectToken: tokenOf(other) }, {}, false],
    [
      "of a subject leaves an alert that exposed others, too",
      { subjectToken: tokenOf(person) },
      { exposure: { displayed: 2 } },
      false,
    ],
    ["of a tenant covers it", { tenant: "t1" }, {}, true],
    [
      "of a tenant leaves what cites another's",
      { tenant: "t1" },
      { evidence: ["e1", "e3"] },
      false,
    ],
    ["of a team covers it", { team: "north" }, {}, true],
    ["of a team leaves what cites another", { team: "north" }, { evidence: ["e1", "e3"] }, false],
    [
      "of everything at once covers what is in all of it",
      { detectors: ["breadth"], agentId: "agent-1", tenant: "t1", team: "north" },
      {},
      true,
    ],
    [
      "does not cover what happened before it",
      { agentId: "agent-1" },
      { first_event_time: iso(start - hour), last_event_time: iso(start - 1) },
      false,
    ],
    [
      "does not cover what happens after it",
      { agentId: "agent-1" },
      { last_event_time: iso(start + 2 * hour) },
      false,
    ],
  ];
  it.each(cases)("%s", (_name, scope, change, expected) =>
    under(scope, async ({ marked }) => {
      expect(await marked(change)).toBe(expected);
    }),
  );

  it("leaves what cites evidence that is not stored", () =>
    under({ tenant: "t1" }, async ({ marked }) => {
      expect(await marked({ evidence: ["e1", "nowhere"] })).toBe(false);
    }));

  it("marks alerts that are stored, counted and told as ever, until they go on after its end", () =>
    under({ agentId: "agent-1" }, async ({ marked, store, metrics, published }) => {
      expect(await marked({})).toBe(true);
      const listed = async (isSuppressed: boolean) =>
        listAlerts(
          store.reader,
          {
            ...{ statuses: [], severities: [], lanes: [], agentIds: [], detectors: [] },
            ...{ from: epochMs(0), to: epochMs(start + 9 * hour), isSuppressed },
          },
          { after: undefined, limit: 10 },
        );
      expect(await listed(false)).toEqual([]);
      const [found] = await listed(true);
      const told = `Suppressed by ${found?.suppressionId}: it pages nobody.`;
      expect(found?.alert.explanation).toContain(told);
      expect(published.at(-1)?.explanation).toContain(told);
      expect(await metrics.registry.metrics()).toContain(
        'deskwatch_detect_suppressed_total{detector="breadth"} 1',
      );
      expect(await marked({ last_event_time: iso(start + 3 * hour) })).toBe(false);
      expect(await listed(true)).toEqual([]);
      expect((await listed(false))[0]?.alert.explanation).not.toContain("Suppressed");
    }));
});
