/** A broker that is restarted in order, as for an upgrade. */
import { setTimeout as wait } from "node:timers/promises";
import { pauseAbout, type Scenario, startSystem, whileFlowing } from "../scene.ts";

const awayMs = 2_000;

export const brokerRestarts: Scenario = {
  name: "broker-restarts",
  says: "the broker stopped in order and started again",
  engine: "server",
  run: async (scene) => {
    await startSystem(scene, 2);
    await whileFlowing(scene, 1_000, async () => {
      for (let round = 0; round < scene.scale.faults; round += 1) {
        await pauseAbout(scene, 1_000);
        await scene.broker.stop();
        await wait(awayMs);
        await scene.broker.start();
        await pauseAbout(scene, 2_000);
      }
    });
  },
};
