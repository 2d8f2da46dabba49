/** What an operator asks first: does a broker answer, and are the topics there? Changes nothing. */
import type { Log } from "../runtime/log.ts";
import { createKafka, type KafkaConfig } from "./client.ts";
import { KafkaError } from "./kafka-error.ts";
import { eventTopics, type TopicNames } from "./topics.ts";

export interface BrokerState {
  readonly brokers: number;
  /** Configured topics that the broker does not have. */
  readonly missingTopics: readonly string[];
}

/** Throws `kafka.unreachable`. */
export async function checkBroker(
  config: KafkaConfig & TopicNames,
  log: Log,
): Promise<BrokerState> {
  const admin = createKafka(config, log).admin();
  try {
    await admin.connect();
    const known = new Set(await admin.listTopics());
    const { brokers } = await admin.describeCluster();
    const wanted = [
      ...Object.values(eventTopics(config)),
      config.topicAlerts,
      config.topicDeadLetters,
    ];
    return {
      brokers: brokers.length,
      missingTopics: wanted.filter((topic) => topic !== "" && !known.has(topic)),
    };
  } catch (cause) {
    throw new KafkaError("no Kafka broker answers", { code: "kafka.unreachable", cause });
  } finally {
    await admin.disconnect();
  }
}
