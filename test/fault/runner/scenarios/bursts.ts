/** Ten times the usual pace, for a while. */
import { pauseAbout, type Scenario, startSystem, whileFlowing } from "../scene.ts";

const usual = 300;
const burst = usual * 10;

export const bursts: Scenario = {
  name: "bursts",
  says: "10 times the usual pace for a while",
  engine: "server",
  run: async (scene) => {
    await startSystem(scene);
    for (let round = 0; round < scene.scale.faults; round += 1) {
      await scene.pump.flow(usual, pauseAbout(scene, 1_500));
      await scene.pump.flow(burst, pauseAbout(scene, 3_000));
    }
    await whileFlowing(scene, usual, () => pauseAbout(scene, 1_500));
  },
};
