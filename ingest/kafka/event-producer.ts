/**
 * Writes contract events and alerts to their topics, keyed as the contract says. At least once: a send whose
 * outcome is unknown is repeated, and readers know an event by its id.
 */
import kafkajs, { type Message, type Producer } from "kafkajs";
import type { Log } from "../runtime/log.ts";
import { keyOf, type WireEvent } from "../simulator/wire-event.ts";
import { createKafka, type KafkaConfig } from "./client.ts";
import { messageBatches } from "./message-batches.ts";
import { ensureTopics, eventTopics, type TopicNames } from "./topics.ts";

export interface EventProducer {
  /** Creates missing topics. Throws `kafka.unreachable`, `kafka.topic_missing`. */
  readonly connect: () => Promise<void>;
  /** Resolves when every replica in sync has them; order is kept within a key. */
  readonly send: (events: readonly WireEvent[]) => Promise<void>;
  /** The same alert again is a newer revision of it: the topic is keyed by alert. */
  readonly publishAlerts: (alerts: readonly { readonly alert_id: string }[]) => Promise<void>;
  readonly disconnect: () => Promise<void>;
}

export interface EventProducerDeps {
  readonly config: KafkaConfig & TopicNames;
  readonly log: Log;
}

export function createEventProducer({ config, log }: EventProducerDeps): EventProducer {
  const producer = createKafka(config, log).producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  const topics = eventTopics(config);
  return {
    connect: async () => {
      await ensureTopics(config, log);
      await producer.connect();
    },
    send: async (events) => {
      for (const [topic, messages] of byTopic(events, (event) => topics[event.kind])) {
        await sendAll(producer, topic, messages);
      }
    },
    publishAlerts: async (alerts) => {
      const messages = alerts.map((alert) => messageOf(alert.alert_id, alert));
      await sendAll(producer, config.topicAlerts, messages);
    },
    disconnect: () => producer.disconnect(),
  };
}

function byTopic(
  events: readonly WireEvent[],
  topicOf: (event: WireEvent) => string,
): ReadonlyMap<string, Message[]> {
  const grouped = new Map<string, Message[]>();
  for (const event of events) {
    const topic = topicOf(event);
    const messages = grouped.get(topic) ?? [];
    messages.push(messageOf(keyOf(event), event));
    grouped.set(topic, messages);
  }
  return grouped;
}

const messageOf = (key: string, value: object): Message => ({
  key,
  value: JSON.stringify(value),
  headers: { "content-type": "application/json" },
});

async function sendAll(
  producer: Producer,
  topic: string,
  messages: readonly Message[],
): Promise<void> {
  for (const batch of messageBatches(messages)) {
    await producer.send({ topic, messages: batch, acks: -1 });
  }
}
