/**
 * The simulated topic: partitions of records with compacted holes, a beginning that retention moves, and the
 * same event id at two offsets now and then. Nothing is stored; seed and offset say what lies where.
 */
import type { KafkaMessage } from "kafkajs";

export const topic = "console.agents";
export const source = `kafka:${topic}`;

export interface SimulatedLog {
  readonly partitions: number;
  readonly low: (partition: number) => number;
  readonly high: (partition: number) => number;
  readonly exists: (partition: number, offset: number) => boolean;
  /** The id of the event at an offset, a hole or not. */
  readonly idAt: (partition: number, offset: number) => string;
  readonly produce: (partition: number, records: number) => void;
  readonly cut: (partition: number, offsets: number) => void;
  /** The first records at or after `from`, up to `records` offsets from it; the last is no hole. */
  readonly fetch: (partition: number, from: number, records: number) => readonly KafkaMessage[];
}

/** Offsets of one partition; producing stops there. */
const offsetsMax = 40;

export function createSimulatedLog(seed: number, partitions: number): SimulatedLog {
  const lows = Array.from({ length: partitions }, () => 0);
  const highs = Array.from({ length: partitions }, () => 0);
  const exists = (partition: number, offset: number): boolean =>
    (offset * 7 + partition * 3 + seed) % 11 !== 0;
  const idAt = (partition: number, offset: number): string => {
    const isCopy = offset >= 3 && (offset * 5 + partition + seed) % 6 === 0;
    return `${partition}-${isCopy ? offset - 3 : offset}`;
  };
  const highOf = (partition: number): number => highs[partition] ?? 0;
  const lowOf = (partition: number): number => lows[partition] ?? 0;
  return {
    partitions,
    low: lowOf,
    high: highOf,
    exists,
    idAt,
    produce: (partition, records) => {
      let high = Math.min(offsetsMax, highOf(partition) + records);
      // The newest record is never compacted.
      if (!exists(partition, high - 1)) high += 1;
      highs[partition] = high;
    },
    cut: (partition, offsets) => {
      lows[partition] = Math.min(lowOf(partition) + offsets, Math.max(0, highOf(partition) - 1));
    },
    fetch: (partition, from, records) => {
      const found: KafkaMessage[] = [];
      for (let offset = from; offset < highOf(partition); offset += 1) {
        if (offset >= from + records && found.length > 0) break;
        if (exists(partition, offset)) found.push(messageOf(idAt(partition, offset), offset));
      }
      return found;
    },
  };
}

const valuesById = new Map<string, Buffer>();

/** Events of two months, so that one range makes two inserts into the table of its events. */
function messageOf(id: string, offset: number): KafkaMessage {
  const known = valuesById.get(id);
  const value = known ?? Buffer.from(JSON.stringify(wireEventOf(id)));
  if (known === undefined) valuesById.set(id, value);
  return { key: null, value, timestamp: "0", attributes: 0, offset: `${offset}`, headers: {} };
}

const wireEventOf = (id: string) => ({
  kind: "agent",
  event_id: id,
  time: Number(id.split("-")[1]) % 3 === 0 ? "2026-01-31T10:00:00Z" : "2026-02-01T10:00:00Z",
  type: "hired",
  agent_id: "a-1",
});
