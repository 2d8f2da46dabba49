/** Inserts that were applied and whose answers never arrive, and slow answers. */
import { pauseAbout, type Scenario, startSystem, whileFlowing } from "../scene.ts";

const cutShare = 0.1;
const delayMs = 30;
const roundMs = 2_000;

export const cutAnswers: Scenario = {
  name: "cut-answers",
  says: "answers of engine and broker cut in the middle, after the work was done, and delayed",
  engine: "server",
  run: async (scene) => {
    await startSystem(scene);
    const { proxy } = scene.engine();
    await whileFlowing(scene, 1_000, async () => {
      for (let round = 0; round < scene.scale.faults; round += 1) {
        proxy.setCutAnswers(cutShare);
        await pauseAbout(scene, roundMs);
        proxy.setDelay(delayMs);
        await pauseAbout(scene, roundMs);
        scene.broker.proxy.setCutAnswers(cutShare / 10);
        await pauseAbout(scene, roundMs);
        scene.broker.proxy.setCutAnswers(0);
        proxy.setDelay(0);
        proxy.setCutAnswers(0);
        await pauseAbout(scene, roundMs / 2);
      }
    });
    const cut = proxy.answersCut();
    scene.note("answers cut", cut);
    if (cut === 0) scene.wrong("no answer was cut");
  },
};
