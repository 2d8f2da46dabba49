import { createEngine } from "../../../../detectors/engine/engine.ts";
import { rarityOf } from "../../../../detectors/evidence/shadow.ts";
import { createDetection } from "../../../../detectors/main.ts";
import { openRegistry } from "../../../../detectors/registry.ts";
import { emptyLists } from "../../../../detectors/subject-lists.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import { noStore } from "../../../fixtures/api/api-harness.ts";
import { testContext } from "../../../helpers/context.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";

jest.setTimeout(60_000);

const canary = subject("canary");
const attackAt = deskStart + 20 * 86_400_000;
const story = [
  ...ordinaryWork({ seed: 21, agents: 12, days: 20 }),
  access({ id: "touch", at: attackAt, agent: "agent-1", subjects: [canary] }),
  ...Array.from({ length: 80 }, (_, n) =>
    access({
      id: `bulk-${n}`,
      at: attackAt + n * 10_000,
      agent: "agent-3",
      session: "stolen",
      subjects: [subject(`victim-${n}`)],
    }),
  ),
  access({ id: "late", at: attackAt + 86_400_000, agent: "agent-3", session: "next" }),
];

function play(change: { shadowDetectors?: string[]; disabledDetectors?: string[] }) {
  const metrics = createMetrics();
  const lists = { canaries: [{ token: canary.token, tenant: undefined }], watchlist: [] };
  const engine = createEngine({ falseAlertsPer100AgentDays: 1, ...lists, ...change, metrics });
  const alerts = story.flatMap((event) => [...engine.step(event)].map(({ alert }) => alert));
  return { alerts, metrics: () => metrics.registry.metrics() };
}

describe("a detector in the shadow", () => {
  it("raises no alert and adds to none, as if it were switched off, and is counted", async () => {
    const shadowDetectors = ["canary", "breadth"];
    const shadow = play({ shadowDetectors });
    expect(shadow.alerts).toEqual(play({ disabledDetectors: shadowDetectors }).alerts);
    expect(play({}).alerts.flatMap(({ detectors }) => detectors)).toContain("canary");
    const text = await shadow.metrics();
    expect(text).toContain('deskwatch_detect_shadow_findings_total{detector="canary"} 1');
    const scored = (rarity: string): number => {
      const label = `detector="breadth",rarity="${rarity}"`;
      const line = text.split("\n").find((one) => one.includes(`shadow_scores_total{${label}}`));
      return Number(line?.split(" ").at(-1) ?? 0);
    };
    const [usual, tenth, hundredth] = ["usual", "one_in_10", "one_in_100"].map(scored);
    expect(usual).toBeGreaterThan(5 * (tenth ?? 0));
    expect(tenth).toBeGreaterThan(3 * (hundredth ?? 0));
    // The bulk look-up.
    expect(scored("one_in_10000")).toBeGreaterThan(0);
  });

  it.each([
    { p: 1, rarity: "usual" },
    { p: 0.11, rarity: "usual" },
    { p: 0.09, rarity: "one_in_10" },
    { p: 0.0009, rarity: "one_in_1000" },
    { p: 1e-9, rarity: "one_in_10000" },
  ])("scores p = $p as $rarity", ({ p, rarity }) => expect(rarityOf(-Math.log(p))).toBe(rarity));

  it("may be any that is shipped", () => {
    const everyone = openRegistry().map(({ meta }) => meta.id);
    expect(play({ shadowDetectors: everyone }).alerts).toEqual([]);
  });

  it("is refused by name where there is no such detector", () => {
    const context = testContext("unused", { shadowDetectors: ["canari"] });
    const open = () =>
      createDetection({ ...context, store: noStore, lists: emptyLists, durable: false });
    expect(open).toThrow("DESKWATCH_SHADOW_DETECTORS: there is no canari");
  });
});
