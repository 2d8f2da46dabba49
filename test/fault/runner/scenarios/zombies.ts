/** Processes that stand still until others have their partitions, and then go on as if nothing had been. */
import { anyOf, pauseAbout, type Scenario, startSystem, whileFlowing } from "../scene.ts";

/** Sessions until another has not only got the partitions but works with them. */
const takenOverAfter = 2.5;

export const zombies: Scenario = {
  name: "zombies",
  says: "SIGSTOP of a process of each kind until its session has expired, then SIGCONT, while others go on",
  engine: "server",
  run: async (scene) => {
    const { kafkaSessionMs } = scene.config();
    await startSystem(scene, 2);
    await scene.start({ command: "detect" });
    await whileFlowing(scene, 1_000, async () => {
      for (let round = 0; round < scene.scale.faults + 1; round += 1) {
        await pauseAbout(scene, 500);
        const zombies = [scene.instances(), scene.detections()].map((all) =>
          anyOf(all, scene.random),
        );
        for (const zombie of zombies) zombie.signal("SIGSTOP");
        await pauseAbout(scene, kafkaSessionMs * takenOverAfter);
        for (const zombie of zombies) zombie.signal("SIGCONT");
      }
    });
  },
};
