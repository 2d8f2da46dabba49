/** Stored batches whose codec bits nobody knows, as a later version of Kafka may write them. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32c } from "../crc32c.ts";
import { pauseAbout, type Scenario, type Scene, startSystem, whileFlowing } from "../scene.ts";

/** Of a batch of format 2. Bytes from its beginning. */
const place = { length: 8, magic: 16, checksum: 17, attributes: 21, records: 57 } as const;
const lengthCountsFrom = 12;
const codecBits = 0b111;
/** The three numbers that no codec has. */
const unknownCodecs = [5, 6, 7];

/** Marks the last batch of a segment file; how many records it holds. */
async function markLast(path: string, codec: number): Promise<number> {
  const bytes = await readFile(path);
  let last: Buffer | undefined;
  for (let at = 0; at + place.records < bytes.length; ) {
    const end = at + lengthCountsFrom + bytes.readInt32BE(at + place.length);
    last = bytes.subarray(at, end);
    at = end;
  }
  if (last === undefined || last.readInt8(place.magic) !== 2) return 0;
  const attributes = last.readInt16BE(place.attributes);
  last.writeInt16BE((attributes & ~codecBits) | codec, place.attributes);
  last.writeUInt32BE(crc32c(last.subarray(place.attributes)), place.checksum);
  await writeFile(path, bytes);
  return last.readInt32BE(place.records);
}

/** While the broker is stopped, so that it does not see it happen. */
async function markBatches({ broker, config }: Scene, codec: number): Promise<number> {
  let records = 0;
  const { topicAccess } = config();
  for (const folder of await readdir(broker.logDir)) {
    if (!folder.startsWith(`${topicAccess}-`)) continue;
    const files = (await readdir(join(broker.logDir, folder))).filter((name) =>
      name.endsWith(".log"),
    );
    const newest = files.toSorted().at(-1);
    if (newest !== undefined) records += await markLast(join(broker.logDir, folder, newest), codec);
  }
  return records;
}

export const unknownCodec: Scenario = {
  name: "unknown-codec",
  says: "stored batches of an unknown codec: one dead letter each record, and reading goes on",
  engine: "server",
  run: async (scene) => {
    const { pump, broker } = scene;
    await startSystem(scene);
    let marked = 0;
    await whileFlowing(scene, 1_000, () => pauseAbout(scene, 1_000));
    for (const codec of unknownCodecs) {
      // Nothing of the last batches may be read before they are marked.
      for (const instance of [...scene.instances(), ...scene.detections()]) {
        await scene.stop(instance);
      }
      await pump.send(300);
      await broker.stop();
      marked += await markBatches(scene, codec);
      await broker.start();
      await startSystem(scene);
      await pump.flow(500, pauseAbout(scene, 1_000));
    }
    scene.note("records of unknown codecs", marked);
    if (marked === 0) scene.wrong("no batch was marked");
  },
};
