import { createEngine } from "../../../../detectors/engine/engine.ts";
import { learningStateOf } from "../../../../detectors/engine/learning.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";

jest.setTimeout(60_000);

const day = 86_400_000;
const metrics = createMetrics();
const worked = (days: number) => {
  const options = { falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] };
  const engine = createEngine({ ...options, metrics });
  for (const event of ordinaryWork({ seed: 5, agents: 6, days })) engine.step(event);
  const newcomer = { id: "first", agent: "newcomer", session: "first", subjects: [subject("s")] };
  engine.step(access({ ...newcomer, at: deskStart + (days + 1) * day }));
  return engine;
};

const sharesOf = (engine: ReturnType<typeof worked>, agent: string) =>
  new Map(engine.learning(agent)?.detectors.map((one) => [one.detector, one.ownShare]));

describe("how far an agent is known", () => {
  it.each([
    { share: 0, state: "cold" },
    { share: 0.199, state: "cold" },
    { share: 0.2, state: "learning" },
    { share: 0.499, state: "learning" },
    { share: 0.5, state: "ready" },
    { share: 1, state: "ready" },
  ])("is $state at $share", ({ share, state }) => expect(learningStateOf(share)).toBe(state));

  it("grows with its own work, detector by detector, and is nothing of a newcomer", () => {
    const [early, late] = [worked(4), worked(25)];
    const before = sharesOf(early, "agent-1");
    for (const [detector, share] of sharesOf(late, "agent-1")) {
      expect({ detector, share }).toEqual({ detector, share: expect.any(Number) });
      expect(share).toBeGreaterThanOrEqual(before.get(detector) ?? 0);
    }
    expect(sharesOf(late, "agent-1").get("breadth")).toBeGreaterThan(0.5);
    expect([...sharesOf(late, "newcomer").values()].every((share) => share === 0)).toBe(true);
    expect(late.learning("nobody")).toBeUndefined();
  });

  it.each([3, 8, 25])(
    "is told by an alert of the detector that leads it, after %d days",
    (days) => {
      const engine = worked(days);
      const at = deskStart + (days + 1) * day;
      const views = Array.from({ length: 150 }, (_, n) =>
        access({
          ...{ id: `bulk-${n}`, at: at + n * 5_000, agent: "agent-1", session: "bulk" },
          subjects: [subject(`victim-${n}`)],
        }),
      );
      const alert = views.flatMap((event) => [...engine.step(event)]).at(-1)?.alert;
      const lead = engine
        .learning("agent-1")
        ?.detectors.find(({ detector }) => detector === alert?.detectors[0]);
      const [told = "ready"] = /\b(cold|learning)\b/.exec(alert?.explanation ?? "") ?? [];
      expect({ told, isAlert: alert !== undefined }).toEqual({ told: lead?.state, isAlert: true });
    },
  );

  it("counts every agent once for each detector", async () => {
    worked(25).snapshotDirty();
    const counted = (await metrics.registry.metrics())
      .split("\n")
      .filter((line) => /^deskwatch_detect_learning_agents\{detector="breadth"/.test(line))
      .map((line) => Number(line.split(" ").at(-1)));
    expect(counted).toHaveLength(3);
    expect(counted.reduce((a, b) => a + b, 0)).toBe(7);
  });
});
