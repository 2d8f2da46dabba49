/** A topic that the broker has cut at its beginning before everything was read. */
import { testKafka } from "../../../helpers/broker.ts";
import { type Scenario, type Scene, startSystem, whileFlowing } from "../scene.ts";
import { offsetsOf, placeOf, readTruth } from "../topic-truth.ts";

/** Lets all that is there be deleted, as a retention does that is too short; how many records nobody had read. */
async function deleteEverything(scene: Scene, read: ReadonlyMap<string, number>): Promise<number> {
  const admin = testKafka(scene.direct()).admin();
  await admin.connect();
  let lost = 0;
  for (const { topic, partition, high } of await offsetsOf(scene.direct())) {
    // The client deletes nothing of a topic that it has not asked about.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: `${high}` }] });
    lost += high - (read.get(placeOf({ topic, partition })) ?? 0);
  }
  await admin.disconnect();
  return lost;
}

export const lostRecords: Scenario = {
  name: "lost-records",
  says: "records deleted by the broker while nobody read, counted as a gap",
  engine: "server",
  run: async (scene) => {
    const { pump, scale } = scene;
    await startSystem(scene);
    await pump.send(Math.round(scale.events / 2));
    await scene.settle();
    const truth = await readTruth(scene.direct());
    scene.recall(truth);
    for (const instance of [...scene.instances(), ...scene.detections()])
      await scene.stop(instance);
    await pump.send(Math.round(scale.events / 10));
    const read = new Map(truth.offsets.map((own) => [placeOf(own), own.high]));
    const lost = await deleteEverything(scene, read);
    await startSystem(scene);
    await whileFlowing(scene, 1_000, () => pump.send(Math.round(scale.events / 5)));
    await scene.settle();
    const [instance] = scene.instances();
    const counted = (await instance?.metric("deskwatch_ingest_gap_records_total")) ?? 0;
    scene.note("records deleted unread", lost);
    if (lost === 0 || counted !== lost) scene.wrong(`${counted} of ${lost} lost records counted`);
  },
};
