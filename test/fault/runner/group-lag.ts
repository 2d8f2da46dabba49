/** Whether everything that the topics hold is confirmed to the group, and nothing is announced any more. */
import { inspect } from "node:util";
import { engineVersion } from "../../../detectors/engine/engine.ts";
import { createEngineJournal } from "../../../detectors/runner/engine-journal.ts";
import { openStore } from "../../../ingest/clickhouse/client.ts";
import type { Config } from "../../../ingest/runtime/settings.ts";
import { testKafka } from "../../helpers/broker.ts";
import type { Instance } from "./instance.ts";
import type { Scene } from "./scene.ts";
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

/** Partitions of which detection has not recorded everything, in words. */
export async function behindDetection(
  scene: Pick<Scene, "direct" | "instances">,
  engineUrl: string | undefined,
): Promise<readonly string[]> {
  const config = scene.direct();
  if (engineUrl === undefined) return behindInside(config, scene.instances());
  const store = await openStore({ ...config, clickhouseUrl: engineUrl });
  try {
    const recorded = await createEngineJournal(store, engineVersion).recordedEnds();
    const ends = new Map(recorded.map(([source, at, end]) => [`${at}@${source}`, end]));
    return (await offsetsOf(config)).flatMap(({ topic, partition, low, high }) => {
      const end = ends.get(`${partition}@kafka:${topic}`) ?? 0;
      return low === high || end === high ? [] : [`${topic}:${partition} scored ${end} of ${high}`];
    });
  } finally {
    await store.close();
  }
}

/**
 * Where the store belongs to the process, its own word has to do; what it leaves out is found afterwards. A process
 * that has not come so far as to read says nothing of any partition.
 */
async function behindInside(
  config: Config,
  instances: readonly Instance[],
): Promise<readonly string[]> {
  const [instance] = instances;
  const lags = (await instance?.samples("deskwatch_detect_lag_records")) ?? new Map();
  return (await offsetsOf(config)).flatMap(({ topic, partition, low, high }) => {
    const lag = lags.get(`partition="${partition}",topic="${topic}"`);
    return low === high || lag === 0 ? [] : [`${topic}:${partition} lag ${lag}`];
  });
}

const askEveryMs = 200;

/** Resolves with what is still behind after `msMax`. */
export async function settled(
  ask: () => Promise<readonly string[]>,
  msMax: number,
): Promise<readonly string[]> {
  const until = performance.now() + msMax;
  for (;;) {
    // A broker that was started again may not answer yet.
    const behind = await ask().catch((error: unknown) => [inspect(error)]);
    if (behind.length === 0 || performance.now() > until) return behind;
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}
