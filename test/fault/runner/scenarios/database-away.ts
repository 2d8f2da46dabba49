/** A database that is away for long: reading pauses, memory stays as it is. */
import { setTimeout as wait } from "node:timers/promises";
import type { Scenario, Scene } from "../scene.ts";

/** Growth of resident memory that is no leak, bytes. */
const growthMax = 96 * 1024 * 1024;
const askEveryMs = 500;
/** A service manager gives up sooner or later. */
const startsMax = 5;

export const databaseAway: Scenario = {
  name: "database-away",
  says: "the database away for long: the buffer bounded, reading paused, memory flat",
  engine: "server",
  run: async (scene) => {
    const { pump, scale } = scene;
    scene.reconfigure({ batchRowsMax: Math.max(20, Math.round(scale.events / 100)) });
    const instance = await scene.start();
    await scene.start({ command: "detect" });
    await pump.send(Math.round(scale.events / 10));
    scene.engine().proxy.setMode("refuse");
    await pump.send(Math.round((scale.events * 9) / 10));
    const settledAt = scale.awayMs / 3;
    const early = await watch(scene, settledAt);
    instance.takeMemoryMax();
    const late = await watch(scene, scale.awayMs - settledAt);
    const grown = instance.takeMemoryMax() - early.memory;
    scene.note("away s", Math.round(scale.awayMs / 1000));
    scene.note("buffered", late.buffered);
    scene.note("memory grown MB", Math.round(grown / 1024 / 1024));
    if (grown > growthMax) scene.wrong(`memory grew by ${grown} bytes while nothing was stored`);
    const partitions = 12;
    const limit = partitions * 3 * scene.config().batchRowsMax;
    if (late.buffered > limit) scene.wrong(`${late.buffered} records buffered`);
    if (late.buffered !== early.buffered) scene.wrong("reading went on while nothing was stored");
    if (late.buffered >= pump.sent()) scene.wrong("too few records to fill the buffer");
    scene.engine().proxy.setMode("pass");
    const starts = Math.max(...scene.detections().map((one) => one.starts()));
    if (starts > startsMax) scene.wrong(`detection was started ${starts} times`);
  },
};

/** The newest count of buffered records and the largest memory of a time. */
async function watch(scene: Scene, ms: number) {
  const [instance] = scene.instances();
  if (instance === undefined) throw new TypeError("no process runs");
  let buffered = 0;
  const until = performance.now() + ms;
  while (performance.now() < until) {
    buffered = await instance.metric("deskwatch_ingest_buffered_records");
    await wait(askEveryMs);
  }
  return { buffered, memory: instance.takeMemoryMax() };
}
