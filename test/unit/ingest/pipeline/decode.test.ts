import fc from "fast-check";
import { type DecodeContext, decodeRecord } from "../../../../ingest/pipeline/decode.ts";
import { createTokenizer } from "../../../../ingest/pipeline/tokenizer.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";
import type { Outcome } from "../../../../ingest/vocabulary/outcome.ts";

const now = Date.parse("2026-01-02T00:00:00Z");
const context: DecodeContext = {
  tokenizer: createTokenizer({ bytes: Buffer.alloc(32, 7) }),
  clock: { now: () => epochMs(now) },
  recordBytesMax: 1024 * 1024,
  kindOf: (source) => (source === "kafka:tickets" ? "ticket" : undefined),
};

function decode(value: Buffer | null, headers: Record<string, string> = {}, source = "test") {
  return decodeRecord({ position: { source, partition: 0, offset: 0 }, value, headers }, context);
}
const decodeJson = (value: unknown, headers = {}): Outcome =>
  decode(Buffer.from(JSON.stringify(value)), headers);

const access = {
  kind: "access",
  event_id: "e-1",
  time: "2026-01-01T10:00:00.123+02:00",
  agent: { id: "a-1" },
  action: "view",
};

describe("bad input", () => {
  const subjects = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ type: "account", id: `s${n}` }));
  it.each([
    { why: "half a JSON text", value: '{"kind":"acc', reason: "invalid_json" },
    { why: "a list", value: "[]", reason: "invalid_json" },
    {
      why: "bytes that are not UTF-8",
      value: Buffer.from([0x7b, 0xff, 0x7d]),
      reason: "invalid_json",
    },
    { why: "nesting of 100,000", value: "[".repeat(100_000), reason: "invalid_json" },
    { why: "an unknown kind", value: { ...access, kind: "visit" }, reason: "unknown_enum" },
    { why: "no kind", value: { ...access, kind: undefined }, reason: "missing_field" },
    { why: "an unknown action", value: { ...access, action: "peek" }, reason: "unknown_enum" },
    { why: "no agent", value: { ...access, agent: undefined }, reason: "missing_field" },
    { why: "an agent that is a text", value: { ...access, agent: "a-1" }, reason: "invalid_field" },
    {
      why: "a time without offset",
      value: { ...access, time: "2026-01-01T10:00:00" },
      reason: "invalid_time",
    },
    {
      why: "a blank for the T",
      value: { ...access, time: "2026-01-01 10:00:00Z" },
      reason: "invalid_time",
    },
    {
      why: "an offset without colon",
      value: { ...access, time: "2026-01-01T10:00:00+0200" },
      reason: "invalid_time",
    },
    {
      why: "a time as number",
      value: { ...access, time: 1_767_261_600_000 },
      reason: "invalid_time",
    },
    {
      why: "a time before 1970",
      value: { ...access, time: "1969-12-31T23:59:59Z" },
      reason: "invalid_time",
    },
    {
      why: "a day and 1 ms ahead",
      value: { ...access, time: "2026-01-03T00:00:00.001Z" },
      reason: "future_time",
    },
    { why: "1 MiB and 1 byte", value: " ".repeat(1024 * 1024 + 1), reason: "too_large" },
    {
      why: "10,001 subjects",
      value: { ...access, subjects: subjects(10_001) },
      reason: "too_many_subjects",
    },
    {
      why: "101 subjects of a ticket",
      value: { ...access, kind: "ticket", type: "opened", ticket_id: "t", subjects: subjects(101) },
      reason: "too_many_subjects",
    },
  ])("$why is a dead letter: $reason", ({ value, reason }) => {
    const raw = typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value);
    expect(decode(Buffer.from(raw))).toMatchObject({ kind: "dead_letter", reason });
  });

  it.each([
    { why: "10,000 subjects", value: { ...access, subjects: subjects(10_000) } },
    { why: "exactly a day ahead", value: { ...access, time: "2026-01-03T00:00:00Z" } },
    { why: "unknown fields", value: { ...access, extra: { deep: [1] } } },
  ])("$why is no fault", ({ value }) => {
    expect(decodeJson(value).kind).toBe("event");
  });

  it("of another kind than its topic is a dead letter", () => {
    const outcome = decode(Buffer.from(JSON.stringify(access)), {}, "kafka:tickets");
    expect(outcome).toMatchObject({ kind: "dead_letter", reason: "wrong_kind" });
  });

  it("that is a tombstone is skipped", () => {
    expect(decode(null)).toEqual({ kind: "skip", reason: "tombstone" });
  });

  it("never shows a value of the record in the detail", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("action", "outcome", "console", "subjects", "fields", "time", "kind"),
        (key) => {
          const outcome = decodeJson({ ...access, [key]: "PRIVATE".repeat(100) });
          expect(JSON.stringify(outcome)).not.toContain("PRIVATE");
          expect(outcome.kind).toBe("dead_letter");
        },
      ),
    );
  });

  it("with half a surrogate pair becomes storable text", () => {
    const outcome = decode(
      Buffer.from(JSON.stringify({ ...access, console: "x?y" }).replace("?", "\\ud83d")),
    );
    expect(outcome).toMatchObject({ kind: "event", event: { console: "x\ufffdy" } });
  });
});

describe("an accepted record", () => {
  it("keeps milliseconds and resolves the offset", () => {
    const at = Date.UTC(2026, 0, 1, 8, 0, 0, 123);
    expect(decodeJson(access)).toMatchObject({ kind: "event", event: { at } });
  });

  it("has defaults filled in and no raw identifier in the event", () => {
    const outcome = decodeJson({ ...access, subjects: [{ type: "email", id: "Ann@Example.com" }] });
    expect(outcome).toMatchObject({
      kind: "event",
      event: { console: "default", outcome: "success", fields: [] },
      identities: [{ type: "email", canonicalId: "ann@example.com" }],
    });
    if (outcome.kind === "event") expect(JSON.stringify(outcome.event)).not.toMatch(/ann@/i);
  });

  it("may come as CloudEvents in binary mode, id and time from the headers", () => {
    const { event_id: _id, time: _time, ...rest } = access;
    const headers = {
      ce_specversion: "1.0",
      ce_type: "console.access",
      ce_source: "/console",
      ce_id: "from-header",
      ce_time: "2026-01-01T00:00:00Z",
      "content-type": "application/json; charset=utf-8",
    };
    expect(decodeJson(rest, headers)).toMatchObject({
      kind: "event",
      event: { eventId: "from-header" },
    });
    expect(decodeJson(access, headers)).toMatchObject({ kind: "event", event: { eventId: "e-1" } });
  });

  it.each([
    { why: "structured mode", headers: { "content-type": "application/cloudevents+json" } },
    {
      why: "another version",
      headers: { ce_specversion: "0.3", ce_id: "x", ce_source: "x", ce_type: "x" },
    },
    { why: "no source", headers: { ce_specversion: "1.0", ce_id: "x", ce_type: "x" } },
    {
      why: "Avro",
      headers: {
        ce_specversion: "1.0",
        ce_id: "x",
        ce_source: "x",
        ce_type: "x",
        "content-type": "application/avro",
      },
    },
  ])("but $why is an invalid envelope", ({ headers }) => {
    expect(decodeJson(access, headers)).toMatchObject({ reason: "invalid_envelope" });
  });
});

describe("the neighbourhood of an access", () => {
  const one = [{ type: "account", id: "AC1234" }];
  const exact = { action: "search", search: { kind: "exact" }, outcome: "not_found" };
  it.each([
    { why: "a view of one", changes: {}, has: true },
    { why: "an exact search that found nobody", changes: exact, has: true },
    {
      why: "a prefix search that found one",
      changes: { action: "search", search: { kind: "prefix" } },
      has: true,
    },
    { why: "a reveal", changes: { action: "reveal" }, has: true },
    {
      why: "a view of two",
      changes: { subjects: [...one, { type: "account", id: "AC1235" }] },
      has: false,
    },
    { why: "a page of one", changes: { action: "list" }, has: false },
    { why: "a file of one", changes: { action: "export" }, has: false },
    { why: "a view that was denied", changes: { outcome: "denied" }, has: false },
    { why: "nobody", changes: { subjects: [] }, has: false },
    {
      why: "an identifier without a number",
      changes: { subjects: [{ type: "account", id: "ACME" }] },
      has: false,
    },
  ])("$why: $has", ({ changes, has }) => {
    const outcome = decodeJson({ ...access, subjects: one, ...changes });
    if (outcome.kind !== "event" || outcome.event.kind !== "access") throw new Error("no access");
    expect(outcome.event.neighbourhood !== undefined).toBe(has);
  });
});
