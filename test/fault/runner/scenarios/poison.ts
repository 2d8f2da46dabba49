/** Records that no event is in: malformed, empty, too large. */
import type { Message } from "kafkajs";
import { produce } from "../../../helpers/broker.ts";
import { pauseAbout, type Scenario, startSystem, whileFlowing } from "../scene.ts";

/** Beyond what a record may have here, within what the broker takes. */
const tooLargeBytes = 200_000;
const recordBytesMax = 100_000;

const values: readonly (string | null)[] = [
  "",
  "{",
  "null",
  "[]",
  "{}",
  '{"kind":"access"}',
  '{"kind":"nothing"}',
  "\u0000\uffff",
  `"${"x".repeat(tooLargeBytes)}"`,
  null,
];

const poison: readonly Message[] = values.map((value, at) => ({ key: `agent-${at}`, value }));

export const poisonRecords: Scenario = {
  name: "poison",
  says: "malformed, empty and oversize records, tombstones",
  engine: "server",
  run: async (scene) => {
    scene.reconfigure({ recordBytesMax });
    await startSystem(scene);
    await whileFlowing(scene, 500, async () => {
      for (let round = 0; round < scene.scale.faults; round += 1) {
        for (const topic of [scene.config().topicAccess, scene.config().topicTickets]) {
          await produce(scene.direct(), { topic, messages: [...poison] });
        }
        await pauseAbout(scene, 500);
      }
    });
  },
};
