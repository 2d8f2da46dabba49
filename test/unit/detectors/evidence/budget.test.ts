import {
  alertThreshold,
  emptyBudget,
  noteStarts,
  startsPer100AgentDays,
} from "../../../../detectors/evidence/budget.ts";
import { dimensionsOf, processes } from "../../../../detectors/evidence/dimension.ts";
import { bet } from "../../../../detectors/evidence/evidence.ts";
import { openRegistry } from "../../../../detectors/registry.ts";
import { createRandom } from "../../../helpers/support-desk.ts";

const dayMs = 86_400_000;

describe("the budget", () => {
  it("learns how many sessions start: five a day for each of ten agents", () => {
    let budget = emptyBudget;
    for (let day = 0; day < 120; day += 1) {
      for (let agent = 0; agent < 10; agent += 1) {
        budget = noteStarts(budget, day * dayMs, { agentDays: 1 });
        for (let n = 0; n < 5; n += 1) {
          budget = noteStarts(budget, day * dayMs, { process: "session" });
        }
      }
    }
    expect(startsPer100AgentDays(budget, "session")).toBeGreaterThan(450);
    expect(startsPer100AgentDays(budget, "session")).toBeLessThan(510);
  });

  it("asks for evidence c = N / B, so twice the budget halves it", () => {
    for (const process of processes) {
      const once = alertThreshold(emptyBudget, process, 1);
      expect(alertThreshold(emptyBudget, process, 2)).toBeCloseTo(once / 2, 9);
    }
    // Shares of all processes together stay below the whole budget: N/c summed is at most 1 per 100 days.
    const spent = processes.reduce(
      (sum, process) =>
        sum + startsPer100AgentDays(emptyBudget, process) / alertThreshold(emptyBudget, process, 1),
      0,
    );
    expect(spent).toBeLessThanOrEqual(1);
  });

  it("never takes noise for evidence, however lavish it is", () => {
    expect(alertThreshold(emptyBudget, "session", 1e6)).toBe(20);
  });
});

describe("the fixed weights", () => {
  it("add up to the whole stake of a session and half of a week's", () => {
    const { byProcess } = dimensionsOf(openRegistry());
    const total = (process: (typeof processes)[number]) =>
      byProcess[process].reduce((sum, { weight }) => sum + weight, 0);
    expect(total("session")).toBeCloseTo(1, 12);
    expect(total("agent-week")).toBeCloseTo(0.5, 12);
  });
});

describe("bets over sessions", () => {
  it("win at most once in c weeks under the null (Ville), by 20,000 simulated weeks", () => {
    const random = createRandom(17);
    const threshold = 20;
    const weeks = 20_000;
    let reached = 0;
    for (let week = 0; week < weeks; week += 1) {
      let wealth = 1;
      let highest = 1;
      for (let session = 0; session < 15; session += 1) {
        // e = 1/(2√p): a calibrator of mean 1 with a heavy tail, made without the code under test.
        wealth = bet(wealth, 1 / (2 * Math.sqrt(1 - random())));
        highest = Math.max(highest, wealth);
      }
      if (highest >= threshold) reached += 1;
    }
    expect(reached / weeks).toBeLessThanOrEqual(1 / threshold);
    expect(reached).toBeGreaterThan(0);
  });
});
