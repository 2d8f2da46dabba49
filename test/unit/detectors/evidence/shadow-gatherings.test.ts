import { createEngine, type EngineOptions } from "../../../../detectors/engine/engine.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";

const hourMs = 3_600_000;
const crowdAt = deskStart + 20 * 24 * hourMs;
const work = ordinaryWork({ seed: 8, agents: 12, days: 20 });
/** Three look at one subject, as happens now and then. */
const visits = Array.from({ length: 6 }, (_, n) =>
  access({
    ...{ id: `visit-${n}`, at: crowdAt - 24 * hourMs + n * 60_000, agent: `agent-${n % 3}` },
    ...{ session: `visit-${n % 3}`, subjects: [subject(`visited-${Math.floor(n / 3)}`)] },
  }),
);
/** Seven do. */
const crowd = Array.from({ length: 7 }, (_, n) =>
  access({
    ...{ id: `look-${n}`, at: crowdAt + n * hourMs, agent: `agent-${n}`, session: `look-${n}` },
    subjects: [subject("famous")],
  }),
);

function play(change: Partial<EngineOptions>) {
  const metrics = createMetrics();
  const options = { falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [], metrics };
  const engine = createEngine({ ...options, ...change });
  for (const event of [...work, ...visits]) engine.step(event);
  const learnt = engine.snapshotDirty().filter(({ key }) => key === "crowds" || key === "pairs");
  const alerts = crowd.flatMap((event) => [...engine.step(event)].map(({ alert }) => alert));
  return {
    learnt,
    crowds: alerts.filter(({ agent_id: agent }) => agent === null),
    metrics: () => metrics.registry.metrics(),
  };
}

const both = ["subject-crowd", "collusion"];
const found = 'deskwatch_detect_shadow_findings_total{detector="subject-crowd"}';

describe("a detector of crowds or pairs without a voice", () => {
  it.each([
    { mode: "in the shadow", change: { shadowDetectors: both } },
    { mode: "switched off", change: { disabledDetectors: both } },
  ])("learns $mode how large they are, and raises none", ({ change }) => {
    const loud = play({});
    const silent = play(change);
    expect(loud.crowds).not.toEqual([]);
    expect(loud.learnt).toHaveLength(2);
    expect(silent.learnt).toEqual(loud.learnt);
    expect(silent.crowds).toEqual([]);
  });

  it("has what it would have raised counted in the shadow only", async () => {
    expect(await play({ shadowDetectors: both }).metrics()).toMatch(new RegExp(`${found} [1-9]`));
    expect(await play({ disabledDetectors: both }).metrics()).not.toContain(`${found} `);
    expect(await play({}).metrics()).not.toContain(`${found} `);
  });
});
