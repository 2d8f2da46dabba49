/** The events of an NDJSON fixture as ingest hands them to detection, in file order. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { decodeRecord } from "../../ingest/pipeline/decode.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";

const context = {
  tokenizer: createTokenizer({ bytes: Buffer.alloc(32, 7) }),
  clock: { now: () => epochMs(Date.UTC(2030, 0, 1)) },
  recordBytesMax: 1_048_576,
  kindOf: () => undefined,
};

/** Throws if a line is no event: a fixture has none. */
export function fixtureEvents(path: string): ConsoleEvent[] {
  const lines = gunzipSync(readFileSync(path)).toString("utf8").split("\n").filter(Boolean);
  return lines.map((line, offset) => {
    const position = { source: "file:fixture", partition: 0, offset };
    const outcome = decodeRecord({ position, value: Buffer.from(line), headers: {} }, context);
    if (outcome.kind !== "event") throw new Error(`line ${offset} is no event`);
    return outcome.event;
  });
}
