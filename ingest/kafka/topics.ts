/** The topics that Deskwatch reads and writes: there before anything else starts. */
import type { ITopicConfig, Kafka } from "kafkajs";
import { errorFields, type Log } from "../runtime/log.ts";
import type { Config } from "../runtime/settings.ts";
import type { EventKind } from "../vocabulary/event.ts";
import { createKafka, type KafkaConfig } from "./client.ts";
import { KafkaError } from "./kafka-error.ts";

export type TopicNames = Pick<
  Config,
  | "topicAccess"
  | "topicSubjects"
  | "topicTickets"
  | "topicAgents"
  | "topicAlerts"
  | "topicDeadLetters"
>;

/** The topic of each kind of event. */
export const eventTopics = (config: TopicNames): Readonly<Record<EventKind, string>> => ({
  access: config.topicAccess,
  subject: config.topicSubjects,
  ticket: config.topicTickets,
  agent: config.topicAgents,
});

/** Dead letters carry headers on top of a record that may have filled its own topic's limit. */
const deadLetterBytesMax = 17 * 1024 * 1024;

/**
 * Creates the topics that are missing, with the broker's default partitions and replicas. Throws
 * `kafka.unreachable` or `kafka.topic_missing`.
 */
export async function ensureTopics(config: KafkaConfig & TopicNames, log: Log): Promise<void> {
  const admin = createKafka(config, log).admin();
  try {
    await admin.connect();
    const known = new Set(await admin.listTopics());
    const missing = wanted(config).filter(({ topic }) => !known.has(topic));
    if (missing.length > 0) await create(admin, missing, log);
  } catch (error) {
    if (error instanceof KafkaError) throw error;
    const brokers = config.kafkaBrokers.join(", ");
    throw new KafkaError(`no Kafka broker answers at ${brokers}`, {
      code: "kafka.unreachable",
      cause: error,
    });
  } finally {
    await admin.disconnect();
  }
}

function wanted(config: TopicNames): ITopicConfig[] {
  const plain = [...Object.values(eventTopics(config)), config.topicAlerts];
  const deadLetters = {
    topic: config.topicDeadLetters,
    configEntries: [{ name: "max.message.bytes", value: String(deadLetterBytesMax) }],
  };
  return [...new Set(plain)]
    .map((topic): ITopicConfig => ({ topic }))
    .concat(deadLetters)
    .filter(({ topic }) => topic !== "");
}

async function create(
  admin: ReturnType<Kafka["admin"]>,
  topics: ITopicConfig[],
  log: Log,
): Promise<void> {
  const names = topics.map(({ topic }) => topic);
  let cause: unknown;
  try {
    await admin.createTopics({ topics, waitForLeaders: true });
    log.info({ topics: names }, "topics created");
  } catch (error) {
    // Somebody else may have been faster, or the broker does not know its new topics yet.
    cause = error;
  }
  const missing = await missingAfterWait(admin, names);
  if (missing.length === 0) return;
  log.error({ topics: missing, ...errorFields(cause) }, "topics missing");
  const message = `create the topics ${missing.join(", ")}, or allow Deskwatch to`;
  throw new KafkaError(message, { code: "kafka.topic_missing", cause });
}

/** Longest wait for a topic to be known to the broker. Milliseconds. */
const knownMsMax = 5_000;
const askAgainMs = 200;

async function missingAfterWait(
  admin: ReturnType<Kafka["admin"]>,
  names: readonly string[],
): Promise<readonly string[]> {
  let missing = names;
  for (let waitedMs = 0; waitedMs <= knownMsMax; waitedMs += askAgainMs) {
    const known = new Set(await admin.listTopics());
    missing = names.filter((name) => !known.has(name));
    if (missing.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, askAgainMs));
  }
  return missing;
}
