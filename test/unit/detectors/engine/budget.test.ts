import { createEngine } from "../../../../detectors/engine/engine.ts";
import { deskStart, ordinaryWork } from "../../../helpers/support-desk.ts";

const warmUpEnd = deskStart + 14 * 86_400_000;

/** Alerts per 100 agent-days of ordinary work after two weeks of it. */
function falseAlertRate(seed: number, named: boolean, budget: number): number {
  const events = ordinaryWork({ seed, agents: 40, days: 34, named });
  const engine = createEngine({ falseAlertsPer100AgentDays: budget, canaries: [], watchlist: [] });
  const agentDays = new Set<string>();
  let alerts = 0;
  for (const event of events) {
    const isNew = engine.step(event).filter((change) => change.isNew).length;
    if (event.at < warmUpEnd) continue;
    alerts += isNew;
    agentDays.add(`${event.agent.id}/${Math.floor(event.at / 86_400_000)}`);
  }
  return (100 * alerts) / agentDays.size;
}

/** Some 5,000 agent-days: so few alerts fall due that two desks more or less say little. */
const seeds = [31, 32, 33, 34, 35, 36, 37, 38];

describe("the budget of false alerts", () => {
  it.each([
    { named: true, budget: 1 },
    { named: false, budget: 1 },
    { named: true, budget: 4 },
  ])(
    "is kept on ordinary work: $budget per 100 agent-days, session ids $named",
    ({ named, budget }) => {
      const rates = seeds.map((seed) => falseAlertRate(seed, named, budget));
      const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
      expect(mean).toBeLessThanOrEqual(budget);
      // An engine that never alerts would keep any budget: a tenth of it has to be spent.
      expect(mean).toBeGreaterThan(budget / 10);
    },
  );
});
