/** A topic that was deleted and made again, so that its offsets name other records. */
import { ensureTopics } from "../../../../ingest/kafka/topics.ts";
import { quietLog, testKafka, until } from "../../../helpers/broker.ts";
import { type Scenario, type Scene, startSystem } from "../scene.ts";
import { readTruth } from "../topic-truth.ts";

const haltMsMax = 60_000;
const otherRecords = "[kafka.offsets_reused]";
const refused = "ingest halted; the error before says why";

async function makeAnew(scene: Scene): Promise<void> {
  const { topicAccess } = scene.config();
  const admin = testKafka(scene.direct()).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topicAccess] });
  await until(async () => !(await admin.listTopics()).includes(topicAccess));
  await admin.disconnect();
  await ensureTopics(scene.direct(), quietLog);
}

async function stopEverything(scene: Scene): Promise<void> {
  for (const instance of [...scene.instances(), ...scene.detections()]) await scene.stop(instance);
}

export const topicAnew: Scenario = {
  name: "topic-anew",
  says: "a topic deleted and made again: refused, nothing overwritten, a new name goes on",
  engine: "server",
  run: async (scene) => {
    const { pump, scale } = scene;
    const third = Math.round(scale.events / 3);
    await startSystem(scene);
    await pump.send(third);
    await scene.settle();
    scene.recall(await readTruth(scene.direct()));
    await stopEverything(scene);
    await makeAnew(scene);
    // Longer than before, so that no offset lies beyond the end.
    await pump.send(third * 2);
    const ingest = scene.launch();
    const detect = scene.launch({ command: "detect" });
    await until(() => ingest.timesLogged(refused) > 0, haltMsMax);
    await until(() => detect.lastWords().includes(otherRecords), haltMsMax);
    if (await ingest.isReady()) scene.wrong("nothing shows that ingest stands still");
    await stopEverything(scene);
    scene.note("halted", ingest.timesLogged(refused));
    scene.note("detection starts", detect.starts());
    scene.reconfigure({ topicAccess: `${scene.config().topicAccess}-anew` });
    await ensureTopics(scene.direct(), quietLog);
    await startSystem(scene);
    await pump.send(third);
  },
};
