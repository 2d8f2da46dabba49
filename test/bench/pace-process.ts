/**
 * A producer in a process of its own: a part of the mix at a fixed rate, or as fast as the broker takes it.
 * Argument: `PaceTask` as JSON. Prints how it went as one line of JSON.
 */
import { setTimeout as wait } from "node:timers/promises";
import kafkajs, { type Message } from "kafkajs";
import { createKafka } from "../../ingest/kafka/client.ts";
import { messageBatches } from "../../ingest/kafka/message-batches.ts";
import { ensureTopics, eventTopics } from "../../ingest/kafka/topics.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { type MixLine, mixLines } from "./mix.ts";

export interface PaceTask {
  readonly config: Config;
  readonly path: string;
  readonly from: number;
  readonly count: number;
  /** 0: as fast as possible, a backlog with the times of the mix; otherwise events happen when they are sent. */
  readonly perSecond: number;
}

export interface PaceResult {
  readonly sent: number;
  readonly seconds: number;
}

const tickMs = 50;
const linesPerSend = 4_000;
const headers = { "content-type": "application/json" };

const task = JSON.parse(process.argv[2] ?? "{}") as PaceTask;
const { config, perSecond } = task;
const topics = eventTopics(config);
const log = createLog({ logLevel: "silent" });
const producer = createKafka(config, log).producer({
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
});

const happeningNow = (text: string): string =>
  text.replace(/"time":"[^"]*"/, `"time":"${new Date(systemClock.now()).toISOString()}"`);

async function send(lines: readonly MixLine[]): Promise<void> {
  const byTopic = new Map<string, Message[]>();
  for (const { kind, key, text } of lines) {
    const messages = byTopic.get(topics[kind]) ?? [];
    byTopic.set(topics[kind], messages);
    messages.push({ key, value: perSecond === 0 ? text : happeningNow(text), headers });
  }
  for (const [topic, messages] of byTopic) {
    for (const batch of messageBatches(messages)) await producer.send({ topic, messages: batch });
  }
}

async function main(): Promise<void> {
  await ensureTopics(config, log);
  await producer.connect();
  const from = performance.now();
  let sent = 0;
  let waiting: MixLine[] = [];
  const portion = perSecond === 0 ? linesPerSend : Math.ceil((perSecond * tickMs) / 1_000);
  for await (const line of mixLines(task.path, task.from, task.count)) {
    waiting.push(line);
    if (waiting.length < portion) continue;
    if (perSecond > 0) await wait(from + (sent / perSecond) * 1_000 - performance.now());
    await send(waiting);
    sent += waiting.length;
    waiting = [];
  }
  await send(waiting);
  sent += waiting.length;
  const result: PaceResult = { sent, seconds: (performance.now() - from) / 1_000 };
  await producer.disconnect();
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

void main();
