/** kill -9 of ingest, detection, engine and broker at random moments, one after another. */
import {
  anyOf,
  pauseAbout,
  type Scenario,
  type Scene,
  startSystem,
  whileFlowing,
} from "../scene.ts";

const killEngine = async (scene: Scene): Promise<void> => {
  await scene.engine().kill();
  await pauseAbout(scene, 200);
  await scene.engine().start();
};

const killBroker = async ({ broker }: Scene): Promise<void> => {
  await broker.kill();
  await broker.start();
};

const killIngest = async ({ instances, random }: Scene): Promise<void> =>
  anyOf(instances(), random).signal("SIGKILL");

const killDetection = async ({ detections, random }: Scene): Promise<void> =>
  anyOf(detections(), random).signal("SIGKILL");

/** Twice as often the process that writes. */
const faults = [killIngest, killEngine, killDetection, killIngest, killBroker];

export const kills: Scenario = {
  name: "kills",
  says: "kill -9 of ingest, detection, engine and broker at random moments",
  engine: "server",
  run: async (scene) => {
    await startSystem(scene, 2);
    await whileFlowing(scene, 1_000, async () => {
      for (let round = 0; round < scene.scale.faults; round += 1) {
        for (const fault of faults) {
          await pauseAbout(scene, 700);
          await fault(scene);
        }
      }
    });
  },
};
