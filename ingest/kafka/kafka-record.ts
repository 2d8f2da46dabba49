/** A Kafka record as it waits to be stored, and what the pipeline sees of it. */
import type { IHeaders, KafkaMessage } from "kafkajs";
import { kafkaSource } from "../pipeline/decode-context.ts";
import type { RawRecord } from "../vocabulary/outcome.ts";
import { undecodableDetail } from "./codecs.ts";
import type { Buffered } from "./range-state.ts";

export interface KafkaRecord extends Buffered {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
  /** Why the batch around the record could not be opened; `undefined`: it was. */
  readonly undecodable: string | undefined;
}

export function kafkaRecord({ offset, key, value, headers = {} }: KafkaMessage): KafkaRecord {
  return {
    offset: Number(offset),
    bytes: (key?.length ?? 0) + (value?.length ?? 0),
    key,
    value,
    headers,
    undecodable: undecodableDetail(textHeaders(headers)),
  };
}

export interface Origin {
  readonly topic: string;
  readonly partition: number;
}

export const rawRecord = (record: KafkaRecord, { topic, partition }: Origin): RawRecord => ({
  position: { source: kafkaSource(topic), partition, offset: record.offset },
  value: record.value,
  headers: textHeaders(record.headers),
});

/** Headers are bytes; the ones that mean something here are UTF-8. Of a repeated header the first counts. */
export function textHeaders(headers: IHeaders): Readonly<Record<string, string>> {
  const text: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined && first !== null) text[name] = first.toString();
  }
  return text;
}
