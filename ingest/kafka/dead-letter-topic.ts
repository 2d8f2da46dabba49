/**
 * Dead letters on a topic of their own, with their original bytes, so that producers can see and mend them.
 *
 * Written before the range is confirmed, and again when the range is reconciled: at least once here, exactly
 * once in the table. The raw bytes may hold identifiers: the topic needs the protection of its source.
 */
import kafkajs, { type Kafka, type Message } from "kafkajs";
import type { PositionedOutcome } from "../pipeline/audit-store.ts";
import type { KafkaRecord, Origin } from "./kafka-record.ts";
import { messageBatches } from "./message-batches.ts";

export interface DeadLetterTopic {
  readonly connect: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
  /** Resolves when every replica in sync has them. */
  readonly publish: (
    origin: Origin,
    records: readonly KafkaRecord[],
    outcomes: readonly PositionedOutcome[],
  ) => Promise<void>;
}

/** An empty `topic` switches it off: the table alone keeps dead letters. */
export function createDeadLetterTopic(kafka: Kafka, topic: string): DeadLetterTopic {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  const isOff = topic === "";
  const send = async (messages: readonly Message[]): Promise<void> => {
    await producer.send({ topic, messages: [...messages], acks: -1 });
  };
  return {
    connect: async () => {
      if (!isOff) await producer.connect();
    },
    disconnect: () => producer.disconnect(),
    publish: async (origin, records, outcomes) => {
      if (isOff) return;
      for (const messages of messageBatches(lettersOf(origin, records, outcomes))) {
        await sendOrOmit(send, messages);
      }
    },
  };
}

function lettersOf(
  { topic, partition }: Origin,
  records: readonly KafkaRecord[],
  outcomes: readonly PositionedOutcome[],
): Message[] {
  const byOffset = new Map(records.map((record) => [record.offset, record]));
  return outcomes.flatMap(({ position, outcome }) => {
    const record = byOffset.get(position.offset);
    if (outcome.kind !== "dead_letter" || record === undefined) return [];
    const added = {
      "deskwatch-reason": outcome.reason,
      "deskwatch-detail": outcome.detail,
      "deskwatch-source-topic": topic,
      "deskwatch-source-partition": String(partition),
      "deskwatch-source-offset": String(position.offset),
    };
    const headers = record.undecodable === undefined ? record.headers : {};
    return [{ key: record.key, value: record.value, headers: { ...headers, ...added } }];
  });
}

/** A record that fits its own topic may not fit this one with its new headers: then only the headers go. */
async function sendOrOmit(
  send: (messages: readonly Message[]) => Promise<void>,
  messages: readonly Message[],
): Promise<void> {
  try {
    await send(messages);
  } catch (error) {
    const type = error instanceof Error && "type" in error ? error.type : undefined;
    const isTooLarge = type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE";
    if (!isTooLarge || messages.length !== 1) throw error;
    await send(messages.map(withoutValue));
  }
}

const withoutValue = (message: Message): Message => ({
  key: message.key ?? null,
  value: null,
  headers: { ...message.headers, "deskwatch-value": "omitted: too large for this topic" },
});
