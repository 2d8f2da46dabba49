/** Where a simulated stream goes: an NDJSON file, plain or gzip, or the topics of a broker. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { createEventProducer } from "../../ingest/kafka/event-producer.ts";
import type { WireEvent } from "../../ingest/simulator/wire-event.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";

export interface StreamSink {
  /** Resolves when there is room for the next. */
  readonly write: (event: WireEvent) => Promise<void>;
  /** Resolves when everything written is safe. */
  readonly close: () => Promise<void>;
}

/** Text handed to the stream at a time. */
const chunkLengthMax = 64 * 1024;

/** Replaces the file; gzip when its name ends in `.gz`. */
export function openNdjsonSink(path: string): StreamSink {
  const file = createWriteStream(path);
  const head = path.endsWith(".gz") ? createGzip() : file;
  if (head !== file) head.pipe(file);
  let chunk = "";
  const flush = async (): Promise<void> => {
    const hasRoom = head.write(chunk);
    chunk = "";
    if (!hasRoom) await once(head, "drain");
  };
  return {
    write: async (event) => {
      chunk += `${JSON.stringify(event)}\n`;
      if (chunk.length >= chunkLengthMax) await flush();
    },
    close: async () => {
      await flush();
      head.end();
      await finished(file);
    },
  };
}

/** Records sent to the broker at a time. */
const recordsPerSendMax = 1_000;

/** Produces to the configured topics, keyed as the contract says. */
export async function openKafkaSink(context: Context): Promise<StreamSink> {
  if (context.config.kafkaBrokers.length === 0) {
    throw new CommandError("KAFKA_BROKERS is empty: say which broker to produce to", 2);
  }
  const producer = createEventProducer({ config: context.config, log: context.log });
  await producer.connect();
  let waiting: WireEvent[] = [];
  const flush = async (): Promise<void> => {
    await producer.send(waiting);
    waiting = [];
  };
  return {
    write: async (event) => {
      waiting.push(event);
      if (waiting.length >= recordsPerSendMax) await flush();
    },
    close: async () => {
      await flush();
      await producer.disconnect();
    },
  };
}

/** Writes what really happened as one indented JSON document. */
export async function writeTruth(path: string, truth: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(truth, null, 1)}\n`);
}
