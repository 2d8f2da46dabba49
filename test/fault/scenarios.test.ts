/** The fault runs in short: real processes over a real broker; `npm run fault` has all of them, and for longer. */
import { describeWith } from "../helpers/requires.ts";
import { seeded } from "../unit/ingest/kafka/seeded-random.ts";
import { openBrokerHost } from "./runner/broker-host.ts";
import { runScenario } from "./runner/scenario-run.ts";
import { brokerRestarts } from "./runner/scenarios/broker-restarts.ts";
import { kills } from "./runner/scenarios/kills.ts";
import { damagedSnapshots } from "./runner/scenarios/snapshots.ts";

jest.setTimeout(600_000);

const seed = 1;
const scale = { events: 1_500, awayMs: 5_000, faults: 1, pace: 0.3 };

describeWith("kafka", "a system under fault", () => {
  it("loses, doubles and alters nothing, and raises the alerts of an undisturbed run", async () => {
    const broker = await openBrokerHost(seeded(seed));
    try {
      for (const scenario of [kills, brokerRestarts, damagedSnapshots]) {
        const { name, wrong } = await runScenario(scenario, { broker, scale, seed });
        expect([name, wrong]).toEqual([name, []]);
      }
    } finally {
      await broker.close();
    }
  });
});
