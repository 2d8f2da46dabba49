/** Processes that come and go in order: 1 → 3 → 1. */
import { pauseAbout, type Scenario, type Scene, startSystem, whileFlowing } from "../scene.ts";

const stages = [1, 2, 3, 2, 1];

async function become(scene: Scene, wanted: number): Promise<void> {
  while (scene.instances().length < wanted) await scene.start();
  for (const surplus of scene.instances().slice(wanted)) await scene.stop(surplus);
  await pauseAbout(scene, 1_000);
}

export const rebalances: Scenario = {
  name: "rebalances",
  says: "1 → 3 → 1 processes while records flow",
  engine: "server",
  run: async (scene) => {
    await startSystem(scene);
    await whileFlowing(scene, 1_500, async () => {
      for (let round = 0; round < scene.scale.faults; round += 1) {
        for (const wanted of stages) await become(scene, wanted);
      }
    });
  },
};
