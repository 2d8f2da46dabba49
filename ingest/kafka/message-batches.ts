/** Cuts messages into sends that a broker accepts: kafkajs makes one record batch of a send and partition. */
import type { Message } from "kafkajs";

/** Half of what brokers accept by default. A larger message goes alone. */
const sendBytesMax = 512 * 1024;
/** For offsets, timestamps and headers. */
const overheadBytes = 512;

export function messageBatches(messages: readonly Message[]): Message[][] {
  const batches: Message[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const bytes = (message.value?.length ?? 0) + (message.key?.length ?? 0) + overheadBytes;
    if (size + bytes > sendBytesMax) {
      batches.push([]);
      size = 0;
    }
    batches.at(-1)?.push(message);
    size += bytes;
  }
  return batches;
}
