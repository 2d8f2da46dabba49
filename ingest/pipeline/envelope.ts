/**
 * What stands around a record: nothing (bare contract JSON), or CloudEvents 1.0 in binary mode, whose
 * attributes travel as headers `ce_*` beside the same JSON.
 *
 * In binary mode `ce_id` and `ce_time` stand in for an `event_id` or `time` that the JSON leaves out; the
 * JSON wins where it has them. Structured mode (`application/cloudevents+json`) is refused as
 * `invalid_envelope`: every producer that can write it can write binary mode, and one way in is easier to
 * audit than two.
 */
import type { Fault, JsonObject } from "./wire-reader.ts";

export type Headers = Readonly<Record<string, string>>;

const requiredAttributes = ["ce_id", "ce_source", "ce_type"] as const;

/** What is wrong with the envelope; `undefined` when it is bare or well-formed. */
export function envelopeFault(headers: Headers): Fault | undefined {
  const contentType = mediaType(headers["content-type"] ?? "");
  if (contentType.startsWith("application/cloudevents")) {
    return invalid("content-type: structured CloudEvents are not taken; send binary mode");
  }
  const version = headers["ce_specversion"];
  if (version === undefined) return undefined;
  if (version !== "1.0") return invalid("ce_specversion: expected 1.0");
  const absent = requiredAttributes.find((name) => (headers[name] ?? "") === "");
  if (absent !== undefined) return invalid(`${absent}: is required`);
  const isJson = contentType === "" || /^[^;]*[/+]json$/.test(contentType);
  return isJson ? undefined : invalid("content-type: expected JSON");
}

/** The event with what its envelope adds. */
export function withEnvelope(value: JsonObject, headers: Headers): JsonObject {
  if (headers["ce_specversion"] === undefined) return value;
  const { ce_id: id, ce_time: time } = headers;
  return { ...(time === undefined ? {} : { time }), event_id: id, ...value };
}

const invalid = (detail: string): Fault => ({ reason: "invalid_envelope", detail });

/** Of nearly every record it is plainly this, or there is none; the rest costs a microsecond. */
const plainJson = "application/json";

const mediaType = (text: string): string =>
  text === plainJson || text === "" ? text : (text.split(";")[0] ?? "").trim().toLowerCase();
