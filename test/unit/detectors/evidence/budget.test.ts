import fc from "fast-check";
import {
  alertThreshold,
  emptyBudget,
  gatheringThreshold,
  noteStarts,
  startsPer100AgentDays,
} from "../../../../detectors/evidence/budget.ts";
import { dimensionsOf, processes } from "../../../../detectors/evidence/dimension.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";
import { openRegistry } from "../../../../detectors/registry.ts";

const dayMs = 86_400_000;
const parameters = defaultParameters.budget;
const allowing = (alerts: number) => ({
  ...parameters,
  false_alerts_per_100_agents_per_day: alerts,
});

describe("the budget of gatherings", () => {
  it("is kept whatever their weights are, and shared out by them", () => {
    const kind = { shareKey: "crowd_share", priorGrowths: 5 } as const;
    // Per 100 agent-days so many grow around usual and around watched subjects.
    fc.assert(
      fc.property(fc.nat(400), fc.nat(40), fc.integer({ min: 1, max: 50 }), (usual, watched, w) => {
        const agentDays = 10_000;
        const growths = (usual + watched * w) * (agentDays / 100);
        const at = (weight: number) =>
          gatheringThreshold(
            kind,
            { growths, agentDays, weight },
            { ...parameters, evidence_min: 1 },
          );
        const spent = usual / at(1) + watched / at(w);
        expect(spent).toBeLessThanOrEqual(parameters.crowd_share * 1.01);
        if (at(w) > 1) expect(at(1) / at(w)).toBeCloseTo(w, 6);
      }),
    );
  });
});

describe("the budget", () => {
  it("learns how many sessions start: five a day for each of ten agents", () => {
    let budget = emptyBudget;
    for (let day = 0; day < 120; day += 1) {
      for (let agent = 0; agent < 10; agent += 1) {
        budget = noteStarts(budget, day * dayMs, { agentDays: 1 }, parameters);
        for (let n = 0; n < 5; n += 1) {
          budget = noteStarts(budget, day * dayMs, { process: "session" }, parameters);
        }
      }
    }
    expect(startsPer100AgentDays(budget, "session")).toBeGreaterThan(450);
    expect(startsPer100AgentDays(budget, "session")).toBeLessThan(510);
  });

  it("asks for evidence c = N / B, so twice the budget halves it", () => {
    for (const process of processes) {
      const once = alertThreshold(emptyBudget, process, allowing(1));
      expect(alertThreshold(emptyBudget, process, allowing(2))).toBeCloseTo(once / 2, 9);
    }
    // Shares of all processes together stay below the whole budget: N/c summed is at most 1 per 100 days.
    // A run's days come in spells of four, of which each alarms once.
    const spell = { session: 1, "agent-day": 1, "agent-run": 4 };
    const spent = processes.reduce(
      (sum, process) =>
        sum +
        startsPer100AgentDays(emptyBudget, process) /
          spell[process] /
          alertThreshold(emptyBudget, process, allowing(1)),
      0,
    );
    expect(spent).toBeLessThanOrEqual(1);
  });

  it("never takes noise for evidence, however lavish it is", () => {
    expect(alertThreshold(emptyBudget, "session", allowing(1e6))).toBe(20);
  });
});

describe("the fixed weights", () => {
  it("add up to the whole stake of every process", () => {
    const { byProcess } = dimensionsOf(openRegistry());
    const total = (process: (typeof processes)[number]) =>
      byProcess[process].reduce((sum, { weight }) => sum + weight, 0);
    for (const process of processes) expect(total(process)).toBeCloseTo(1, 12);
  });
});
