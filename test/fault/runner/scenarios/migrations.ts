/** A process that is killed while it makes its tables, again and again, before it ever gets to work. */
import { setTimeout as wait } from "node:timers/promises";
import { pauseAbout, type Scenario, untilReady, whileFlowing } from "../scene.ts";

const kills = 12;
/** From the start of a process to its death, at random: the tables are made from about half a second on. */
const lifeMs = { least: 400, spread: 1_400 } as const;

export const migrations: Scenario = {
  name: "migrations",
  says: "kill -9 while the tables are made, in the embedded engine, then work",
  engine: "embedded",
  run: async (scene) => {
    const instance = scene.launch({ command: "up" });
    for (let kill = 0; kill < kills; kill += 1) {
      await wait(lifeMs.least + lifeMs.spread * scene.random());
      instance.signal("SIGKILL");
    }
    await untilReady(instance);
    await whileFlowing(scene, 500, () => pauseAbout(scene, 1_000));
  },
};
