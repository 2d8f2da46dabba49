import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { decodeRecord } from "../../../../ingest/pipeline/decode.ts";
import { createTokenizer } from "../../../../ingest/pipeline/tokenizer.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";
import {
  accessActions,
  accessOutcomes,
  agentEventTypes,
  authFactors,
  eventKinds,
  fieldClasses,
  justificationSources,
  searchFields,
  searchKinds,
  subjectEventTypes,
  subjectTypes,
  ticketChannels,
  ticketEventTypes,
} from "../../../../ingest/vocabulary/event.ts";

const now = Date.parse("2026-01-02T00:00:00Z");
const context = {
  tokenizer: createTokenizer({ bytes: Buffer.alloc(32, 7) }),
  clock: { now: () => epochMs(now) },
  recordBytesMax: 1024 * 1024,
  kindOf: () => undefined,
};
const decodeJson = (json: unknown) => {
  const value = Buffer.from(JSON.stringify(json));
  const position = { source: "test", partition: 0, offset: 0 };
  return decodeRecord({ position, value, headers: {} }, context);
};

const contractPath = join(import.meta.dirname, "../../../fixtures/contract/event.schema.json");
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const isInContract = ajv.compile(JSON.parse(readFileSync(contractPath, "utf8")));

describe("the decoder and the contract's JSON schema", () => {
  const id = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }),
    fc.constantFrom(255, 256, 256, 256, 256, 257).map((length) => "é".repeat(length)),
    fc.constantFrom(255, 256, 256, 256, 256, 257).map((length) => "😀".repeat(length)),
  );
  const text = (max: number) =>
    fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(max - 1, max, max, max, max, max, max + 1).map((n) => "x".repeat(n)),
    );
  const one = (values: readonly string[]) =>
    fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(...values) },
      { weight: 1, arbitrary: fc.constant(`${values[0]} `) },
    );
  const two = (min: number, max: number) =>
    fc.integer({ min, max }).map((value) => String(value).padStart(2, "0"));
  /** Mostly real moments from 1970 to now; else a field out of its range. */
  const time = fc
    .tuple(
      fc.integer({ min: 1971, max: 2025 }),
      two(0, 13),
      two(0, 32),
      two(0, 24),
      two(0, 60),
      two(0, 61),
    )
    .chain(([year, month, day, hour, minute, second]) =>
      fc
        .constantFrom(
          "Z",
          "z",
          "+00:00",
          "-05:30",
          "+23:59",
          "+24:00",
          "+05:60",
          "",
          ".5Z",
          ".123456-00:00",
          ".Z",
        )
        .map((zone) => `${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`),
    );
  const goodTime = fc.integer({ min: 0, max: now }).map((ms) => new Date(ms).toISOString());
  const subject = fc.record(
    { type: one(subjectTypes), id, tenant: id },
    { requiredKeys: ["type", "id"] },
  );
  const base = {
    event_id: fc.oneof(id, text(128)),
    time: fc.oneof({ weight: 12, arbitrary: goodTime }, time),
  };
  const shapes = {
    access: fc.record(
      {
        kind: fc.constant("access"),
        ...base,
        console: text(64),
        agent: fc.record(
          { id, team: text(64), role: text(64), time_zone: text(64) },
          { requiredKeys: ["id"] },
        ),
        session: fc.record(
          {
            id,
            ip: text(45),
            user_agent: text(512),
            device_id: id,
            country: fc.constantFrom("DE", "US", "IE", "de", "D", "DEU", "D\n"),
            asn: fc.oneof(fc.nat(), fc.constantFrom(-1, 1.5, 1e300, 2 ** 60)),
            auth_factor: one(authFactors),
          },
          { requiredKeys: [] },
        ),
        action: one(accessActions),
        outcome: one(accessOutcomes),
        search: fc.record(
          { kind: one(searchKinds), field: one(searchFields) },
          { requiredKeys: ["kind"] },
        ),
        subjects: fc.array(subject, { maxLength: 3 }),
        result_count: fc.nat(),
        bytes: fc.nat(),
        fields: fc.array(one(fieldClasses), { maxLength: 3 }),
        justification: fc.record(
          { ticket_id: id, source: one(justificationSources), reason: text(512) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ["kind", "event_id", "time", "agent", "action"] },
    ),
    subject: fc.record({
      kind: fc.constant("subject"),
      ...base,
      type: one(subjectEventTypes),
      subject,
    }),
    ticket: fc.record(
      {
        kind: fc.constant("ticket"),
        ...base,
        type: one(ticketEventTypes),
        ticket_id: id,
        agent_id: id,
        channel: one(ticketChannels),
        subjects: fc.oneof(
          fc.array(subject, { maxLength: 3 }),
          fc
            .integer({ min: 99, max: 101 })
            .map((n) => Array.from({ length: n }, () => ({ type: "phone", id: "+1" }))),
        ),
      },
      { requiredKeys: ["kind", "event_id", "time", "type", "ticket_id"] },
    ),
    agent: fc.record(
      {
        kind: fc.constant("agent"),
        ...base,
        type: one(agentEventTypes),
        agent_id: id,
        team: text(64),
        role: text(64),
      },
      { requiredKeys: ["kind", "event_id", "time", "type", "agent_id"] },
    ),
  };
  const event = fc.oneof(...Object.values(shapes)) as fc.Arbitrary<Record<string, unknown>>;
  const junk = fc.constantFrom<unknown>(
    null,
    "",
    "x",
    0,
    -1,
    1.5,
    true,
    [],
    {},
    [null],
    ["x"],
    ["phone"],
    [{}],
    undefined,
    ...eventKinds,
  );
  /** Replaces or removes one field, at the top or one level down. */
  const damaged = fc
    .tuple(event, fc.nat(), fc.nat(), junk)
    .map(([value, outer, inner, replacement]) => {
      const keys = Object.keys(value);
      const key = keys[outer % keys.length] ?? "kind";
      const below = value[key];
      if (typeof below !== "object" || below === null || inner % 3 === 0)
        return { ...value, [key]: replacement };
      const innerKeys = Object.keys(below);
      const innerKey = innerKeys[inner % Math.max(1, innerKeys.length)] ?? "id";
      if (Array.isArray(below)) return { ...value, [key]: [...below, replacement] };
      return { ...value, [key]: { ...below, [innerKey]: replacement } };
    });

  it("accept the same records", () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(event, damaged), (value) => {
        const wire = JSON.parse(JSON.stringify(value));
        const inContract = isInContract(wire);
        if (inContract) accepted += 1;
        else refused += 1;
        expect(decodeJson(wire).kind).toBe(inContract ? "event" : "dead_letter");
      }),
      { numRuns: 6_000 },
    );
    // A generator that yields one side only would prove nothing.
    expect(Math.min(accepted, refused)).toBeGreaterThan(600);
  });

  it("agree on every value that is not an object", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decodeJson(value).kind).toBe(isInContract(value) ? "event" : "dead_letter");
      }),
    );
  });
});
