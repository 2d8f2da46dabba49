/**
 * Produces the stream of a fault run, at least once: what a broken send may have left is sent again, so that the
 * topics hold repeats of records, as they do under any real producer.
 */
import kafkajs, { type Producer } from "kafkajs";
import { grouped } from "../../../ingest/runtime/grouped.ts";
import type { Config } from "../../../ingest/runtime/settings.ts";
import { testKafka } from "../../helpers/broker.ts";
import { createStream, type StreamRecord } from "./stream.ts";

export interface Pump {
  /** Records acknowledged by the broker. */
  readonly sent: () => number;
  /** Sends about `count` records. Rejects when the broker does not take them for long. */
  readonly send: (count: number) => Promise<void>;
  /** Sends at this pace until `until` resolves. */
  readonly flow: (perSecond: number, until: Promise<unknown>) => Promise<void>;
  readonly close: () => Promise<void>;
}

const chunkRecords = 1_000;
const attemptsMax = 60;
const attemptEveryMs = 1_000;
const flowEveryMs = 100;

export function createPump(config: () => Config, random: () => number): Pump {
  const stream = createStream(random);
  let producer: Producer | undefined;
  let sent = 0;
  const connected = async (): Promise<Producer> => {
    if (producer !== undefined) return producer;
    const fresh = testKafka(config()).producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { retries: 2 },
    });
    await fresh.connect();
    producer = fresh;
    return fresh;
  };
  const close = async (): Promise<void> => {
    const last = producer;
    producer = undefined;
    await last?.disconnect().catch(() => undefined);
  };
  const deliver = async (records: readonly StreamRecord[]): Promise<void> => {
    const topicMessages = [...grouped(records, ({ topic }) => topic)].map(([topic, own]) => ({
      topic: config()[topic],
      messages: own.map(({ message }) => message),
    }));
    for (let attempt = 1; ; attempt += 1) {
      try {
        await (await connected()).sendBatch({ topicMessages });
        sent += records.length;
        return;
      } catch (error) {
        await close();
        if (attempt === attemptsMax) throw error;
        await new Promise((resolve) => setTimeout(resolve, attemptEveryMs));
      }
    }
  };
  const send = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= chunkRecords) {
      await deliver(stream(Math.min(left, chunkRecords)));
    }
  };
  return {
    sent: () => sent,
    send,
    flow: async (perSecond, until) => {
      let isOver = false;
      const end = until.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        const next = new Promise((resolve) => setTimeout(resolve, flowEveryMs));
        await send(Math.max(1, Math.round((perSecond * flowEveryMs) / 1000)));
        await next;
      }
      await end;
    },
    close,
  };
}
