/** The disk of the embedded engine full, and space made again. */
import { execFile } from "node:child_process";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { until } from "../../../helpers/broker.ts";
import { type Scenario, type Scene, whileFlowing } from "../scene.ts";

const run = promisify(execFile);
const diskBytes = 512 * 1024 * 1024;
const fullMs = 8_000;
const seenMsMax = 60_000;

/** Needs leave to mount. */
async function withSmallDisk(scene: Scene, use: (path: string) => Promise<void>): Promise<void> {
  const path = join(scene.dataDir, "small");
  await mkdir(path);
  await run("mount", ["-t", "tmpfs", "-o", `size=${diskBytes}`, "deskwatch-fault", path]);
  scene.onEnd(() => run("umount", ["--lazy", path]).then(() => undefined));
  await use(path);
}

/** Takes all the space that is left. */
async function fill(ballast: string, path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch((error: unknown) => {
    const isFull = error instanceof Error && "code" in error && error.code === "ENOSPC";
    if (!isFull) throw error;
  });
}

export const fullDisk: Scenario = {
  name: "full-disk",
  says: "no space left for the embedded engine, then space again",
  engine: "embedded",
  run: (scene) =>
    withSmallDisk(scene, async (path) => {
      const ballast = join(path, "ballast");
      scene.reconfigure({ dataDir: path });
      const instance = await scene.start({ command: "up" });
      await whileFlowing(scene, 500, async () => {
        for (let round = 0; round < scene.scale.faults; round += 1) {
          const refused = instance.timesLogged("range not stored");
          await fill(ballast, path);
          await until(() => instance.timesLogged("range not stored") > refused, seenMsMax);
          await wait(fullMs);
          await rm(ballast);
          await until(instance.isReady, seenMsMax);
        }
      });
    }),
};
