/** Connections that have died without a word, beside new ones that work: the machine behind them was replaced. */
import { pauseAbout, type Scenario, startSystem, whileFlowing } from "../scene.ts";

export const stranded: Scenario = {
  name: "stranded",
  says: "open connections to broker and engine dead for good, and nobody is told; new ones work",
  engine: "server",
  run: async (scene) => {
    await startSystem(scene);
    await whileFlowing(scene, 500, async () => {
      for (let round = 0; round < scene.scale.faults; round += 1) {
        await pauseAbout(scene, 2_000);
        scene.broker.proxy.strandConnections();
        await pauseAbout(scene, 2_000);
        scene.engine().proxy.strandConnections();
        await pauseAbout(scene, 2_000);
      }
    });
  },
};
