/**
 * One record to one outcome, before duplicates are looked at. Pure but for the clock, which only bounds the
 * future; never throws for anything that a record can contain.
 */
import { isUtf8 } from "node:buffer";
import type { Clock } from "../runtime/clock.ts";
import type { ConsoleEvent, EventKind } from "../vocabulary/event.ts";
import { exposesOne } from "../vocabulary/exposure.ts";
import {
  deadLetter,
  type Identity,
  type Outcome,
  type RawRecord,
  skip,
} from "../vocabulary/outcome.ts";
import { envelopeFault, withEnvelope } from "./envelope.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { type Identify, readEvent, readKind } from "./wire-event.ts";
import {
  type Fault,
  type FaultBox,
  isJsonObject,
  type JsonObject,
  noteFault,
  type WireNode,
} from "./wire-reader.ts";

export interface DecodeContext {
  readonly tokenizer: Tokenizer;
  readonly clock: Clock;
  /** Larger records are refused before they are parsed. */
  readonly recordBytesMax: number;
  /** The only kind that a source may carry; `undefined`: any. */
  readonly kindOf: (source: string) => EventKind | undefined;
}

/** An event may be this far ahead of the clock: producers' clocks differ, a year typed wrong is no event. */
const futureMsMax = 24 * 60 * 60 * 1000;

export function decodeRecord(record: RawRecord, context: DecodeContext): Outcome {
  if (record.value === null) return skip("tombstone");
  if (record.value.length > context.recordBytesMax) {
    return deadLetter("too_large", `expected at most ${context.recordBytesMax} bytes`);
  }
  const envelope = envelopeFault(record.headers);
  if (envelope !== undefined) return refused(envelope);
  const value = parseJson(record.value);
  if (value === undefined) return deadLetter("invalid_json", "expected one JSON object in UTF-8");
  return decodeValue(withEnvelope(value, record.headers), record.position.source, context);
}

const refused = ({ reason, detail }: Fault): Outcome => deadLetter(reason, detail);

function decodeValue(value: JsonObject, source: string, context: DecodeContext): Outcome {
  const box: FaultBox = { fault: undefined };
  const node: WireNode = { value, path: "", box };
  const kind = readKind(node);
  const expected = context.kindOf(source);
  if (expected !== undefined && expected !== kind) {
    noteFault(node, "wrong_kind", "kind", `expected ${expected} here`);
  }
  if (box.fault !== undefined) return refused(box.fault);
  const identities = new Map<string, Identity>();
  const identify: Identify = (type, id) => {
    const identity = context.tokenizer.identify(type, id);
    identities.set(identity.token, identity);
    return identity;
  };
  const event = readEvent(node, kind, identify);
  if (event.at < 0) noteFault(node, "invalid_time", "time", "expected 1970 or later");
  if (event.at > context.clock.now() + futureMsMax) {
    noteFault(node, "future_time", "time", "expected at most a day ahead of the clock");
  }
  if (box.fault !== undefined) return refused(box.fault);
  return {
    kind: "event",
    event: placed(event, identities, context.tokenizer),
    identities: [...identities.values()],
  };
}

/** The event; an access to one subject with the neighbourhood of that. */
function placed(
  event: ConsoleEvent,
  identities: ReadonlyMap<string, Identity>,
  { neighbourhood }: Tokenizer,
): ConsoleEvent {
  if (event.kind !== "access" || !exposesOne(event)) return event;
  const [only] = event.subjects;
  const identity = only && identities.get(only.token);
  return identity === undefined
    ? event
    : { ...event, neighbourhood: neighbourhood(event.agent.id, identity) };
}

function parseJson(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString("utf8");
  try {
    // Half a surrogate pair can only come from an escape and is not storable as UTF-8.
    const value: unknown = /\\u[dD]/.test(text) ? JSON.parse(text, wellFormed) : JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** For `JSON.parse`: lone surrogates as U+FFFD, the way any conversion to UTF-8 writes them. */
export function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? Buffer.from(value, "utf8").toString("utf8") : value;
}
