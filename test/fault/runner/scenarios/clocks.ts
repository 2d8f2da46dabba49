/** A machine whose clock is set wrong by an hour, either way, and right again, beside one whose clock is right. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Instance } from "../instance.ts";
import {
  pauseAbout,
  type Scenario,
  type Scene,
  startSystem,
  untilReady,
  whileFlowing,
} from "../scene.ts";

const hourMs = 3_600_000;
const wrongMs = 8_000;

interface OffClock {
  readonly file: string;
  readonly skewMs: number;
}

async function setWrongAndRight(scene: Scene, instance: Instance, off: OffClock): Promise<void> {
  const starts = instance.starts();
  await pauseAbout(scene, 1_000);
  await writeFile(off.file, `${off.skewMs}`);
  await wait(wrongMs);
  // It ends, and its successors do not become ready.
  const isSeen = instance.starts() > starts && !(await instance.isReady());
  if (!isSeen) scene.wrong("nothing shows that the clock is wrong");
  await writeFile(off.file, "0");
  await untilReady(instance);
}

const clockOff = (name: string, skewMs: number, says: string): Scenario => ({
  name,
  says,
  engine: "server",
  run: async (scene) => {
    const file = join(scene.dataDir, "clock");
    await writeFile(file, "0");
    await startSystem(scene);
    const wrong = await scene.start({ clockFile: file });
    await whileFlowing(scene, 500, async () => {
      for (let round = 0; round < scene.scale.faults; round += 1) {
        await setWrongAndRight(scene, wrong, { file, skewMs });
      }
    });
  },
});

export const clockAhead = clockOff("clock-ahead", hourMs, "a clock an hour ahead, and right again");
export const clockBehind = clockOff(
  "clock-behind",
  -hourMs,
  "a clock an hour behind, and right again",
);
