/** Processes that stand still until others have their partitions, and then go on as if nothing had been. */
import { anyInstance, pauseAbout, type Scenario, whileFlowing } from "../scene.ts";

export const zombies: Scenario = {
  name: "zombies",
  says: "SIGSTOP of a process until its session has expired, then SIGCONT, while others go on",
  engine: "server",
  run: async (scene) => {
    const { kafkaSessionMs } = scene.config();
    await scene.start();
    await scene.start();
    await whileFlowing(scene, 1_000, async () => {
      for (let round = 0; round < scene.scale.faults + 1; round += 1) {
        await pauseAbout(scene, 500);
        const zombie = anyInstance(scene);
        zombie.signal("SIGSTOP");
        await pauseAbout(scene, kafkaSessionMs * 1.3);
        zombie.signal("SIGCONT");
      }
    });
  },
};
