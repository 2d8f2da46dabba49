/** Whether everything that the topics hold is confirmed to the group, and nothing is announced any more. */
import type { Config } from "../../../ingest/runtime/settings.ts";
import { testKafka } from "../../helpers/broker.ts";
import { offsetsOf, placeOf, topicsOf } from "./topic-truth.ts";

/** Partitions that are behind, in words; none: the lag is 0. */
export async function unconfirmed(config: Config): Promise<readonly string[]> {
  const admin = testKafka(config).admin();
  await admin.connect();
  const topics = [...topicsOf(config)];
  const answers = await admin.fetchOffsets({ groupId: config.kafkaIngestGroup, topics });
  await admin.disconnect();
  const committed = new Map(
    answers.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset, metadata }) => [
        placeOf({ topic, partition }),
        { offset: Number(offset), metadata: metadata ?? "" },
      ]),
    ),
  );
  return (await offsetsOf(config)).flatMap(({ topic, partition, low, high }) => {
    const found = committed.get(placeOf({ topic, partition }));
    const isConfirmed = low === high || (found?.offset === high && found.metadata === "");
    return isConfirmed ? [] : [`${topic}:${partition} ${JSON.stringify(found)} of ${high}`];
  });
}

const askEveryMs = 200;

/** Resolves with what is still behind after `msMax`. */
export async function settled(config: Config, msMax: number): Promise<readonly string[]> {
  const until = performance.now() + msMax;
  for (;;) {
    const behind = await unconfirmed(config);
    if (behind.length === 0 || performance.now() > until) return behind;
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}
