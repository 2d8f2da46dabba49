import { countsOf } from "../../../../ingest/clickhouse/ledger-chains.ts";
import {
  leafOfStored,
  noHash64,
  type StoredRecord,
} from "../../../../ingest/clickhouse/stored-records.ts";
import { leafText } from "../../../../ingest/ledger/leaf.ts";
import { rootOfData } from "../../../../ingest/ledger/merkle.ts";
import { checkRange } from "../../../../ingest/verification/range-check.ts";

const deadline = 1_769_900_060_000;
const hash = "5".repeat(64);
const outcome = {
  kind: "event",
  reason: "access",
  ingestedAt: 1_769_900_000_000,
  deadline,
  idHash: "1".repeat(16),
  contentHash: "5".repeat(16),
};
const body = { table: "access_events", hash, deadline, name: "1".repeat(16) } as const;
const exposures = { rows: 2, expected: 2, deadline, asExpected: true };
const identity = { token: "t1", type: "phone", sealedId: "AAAA", sealedAt: 1, wrappings: [] };
const none = { idHash: noHash64, contentHash: noHash64 };
const view: StoredRecord = {
  outcomes: [outcome],
  bodies: [body],
  exposures: [exposures],
  identities: [identity],
};
const letter: StoredRecord = {
  outcomes: [{ ...outcome, ...none, kind: "dead_letter", reason: "invalid_json" }],
  bodies: [{ ...body, table: "dead_letters", name: "invalid_json" }],
  exposures: [],
  identities: [],
};
const skipped: StoredRecord = {
  outcomes: [{ ...outcome, ...none, kind: "skip", reason: "tombstone" }],
  bodies: [],
  exposures: [],
  identities: [],
};
const written = [view, letter, skipped];

function linkOver(records: readonly StoredRecord[], source = "kafka:a") {
  const leaves = records.flatMap((record, offset) => leafOfStored(offset, record) ?? []);
  return {
    source,
    partition: 0,
    sequence: 0,
    start: 0,
    end: records.length,
    counts: countsOf(leaves),
    root: rootOfData(leaves.map(leafText)).toString("hex"),
    previous: "",
    recordedAt: 0,
  };
}

const found = (changed: readonly (StoredRecord | undefined)[]) => {
  const stored = changed.flatMap((record, at) =>
    record === undefined ? [] : [[at, record] as const],
  );
  return checkRange(linkOver(written), new Map(stored)).map(
    ({ kind, table, from, to }) => `${kind} ${table} ${from}-${to}`,
  );
};

const outcomeIs = (record: StoredRecord, changes: object): StoredRecord => ({
  ...record,
  outcomes: record.outcomes.map((own) => ({ ...own, ...changes })),
});

describe("a range", () => {
  it("of the rows that were written says nothing", () => {
    expect(found(written)).toEqual([]);
  });

  it.each<[string, readonly (StoredRecord | undefined)[], readonly string[]]>([
    [
      "no outcome, whatever else is left",
      [{ ...view, outcomes: [] }, letter, skipped],
      ["row_missing outcomes 0-1"],
    ],
    ["nothing at all", [view, letter, undefined], ["row_missing outcomes 2-3"]],
    [
      "two outcomes",
      [{ ...view, outcomes: [outcome, outcome] }, letter, skipped],
      ["row_unexpected outcomes 0-1"],
    ],
    [
      "no row of the event",
      [{ ...view, bodies: [] }, letter, skipped],
      ["row_missing access_events 0-1"],
    ],
    [
      "two rows of the event",
      [{ ...view, bodies: [body, body] }, letter, skipped],
      ["row_unexpected access_events 0-1"],
    ],
    [
      "a row where nothing was kept",
      [view, letter, { ...skipped, bodies: [body] }],
      ["row_unexpected access_events 2-3"],
    ],
    [
      "another row beside that of the dead letter",
      [view, { ...letter, bodies: [...letter.bodies, body] }, skipped],
      ["row_unexpected access_events 1-2"],
    ],
    [
      "an altered row, which makes other exposures",
      [
        {
          ...view,
          bodies: [{ ...body, hash: "6".repeat(64) }],
          exposures: [{ ...exposures, asExpected: false }],
        },
        letter,
        skipped,
      ],
      ["row_altered access_events 0-1"],
    ],
    [
      "another event id",
      [
        { ...view, bodies: [{ ...body, name: "2".repeat(16), hash: "6".repeat(64) }] },
        letter,
        skipped,
      ],
      ["row_altered access_events 0-1"],
    ],
    [
      "an outcome with another hash of the row",
      [outcomeIs(view, { contentHash: "7".repeat(16) }), letter, skipped],
      ["row_altered outcomes 0-1"],
    ],
    [
      "a skip with the hash of a row",
      [view, letter, outcomeIs(skipped, { idHash: "7".repeat(16) })],
      ["row_altered outcomes 2-3"],
    ],
    [
      "an outcome of another kind of event",
      [outcomeIs(view, { reason: "ticket" }), letter, skipped],
      ["row_altered outcomes 0-1"],
    ],
    [
      "an outcome of no kind of event",
      [outcomeIs(view, { reason: "login" }), letter, skipped],
      ["row_altered outcomes 0-1"],
    ],
    [
      "an event that is said to be skipped",
      [outcomeIs(view, { kind: "skip" }), letter, skipped],
      ["row_altered outcomes 0-1"],
    ],
    [
      "a dead letter of another reason",
      [view, outcomeIs(letter, { reason: "wrong_kind" }), skipped],
      ["row_altered dead_letters 1-2"],
    ],
    [
      "an exposure too few",
      [{ ...view, exposures: [{ ...exposures, rows: 1, asExpected: false }] }, letter, skipped],
      ["row_missing exposures 0-1"],
    ],
    [
      "an exposure too many",
      [{ ...view, exposures: [{ ...exposures, rows: 3, asExpected: false }] }, letter, skipped],
      ["row_unexpected exposures 0-1"],
    ],
    [
      "another exposure",
      [{ ...view, exposures: [{ ...exposures, asExpected: false }] }, letter, skipped],
      ["row_altered exposures 0-1"],
    ],
    [
      "another time of ingest",
      [outcomeIs(view, { ingestedAt: 0 }), letter, skipped],
      ["range_differs outcomes 0-3"],
    ],
    [
      "another reason to skip",
      [view, letter, outcomeIs(skipped, { reason: "duplicate" })],
      ["range_differs outcomes 0-3"],
    ],
    [
      "a sealed identifier less",
      [{ ...view, identities: [] }, letter, skipped],
      ["row_missing identities 0-3"],
    ],
    [
      "a sealed identifier more",
      [view, { ...letter, identities: [identity] }, skipped],
      ["row_unexpected identities 0-3"],
    ],
    [
      "another seal",
      [{ ...view, identities: [{ ...identity, sealedId: "BBBB" }] }, letter, skipped],
      ["range_differs outcomes 0-3"],
    ],
    ["two of them swapped", [letter, view, skipped], ["range_differs outcomes 0-3"]],
    [
      "faults at two offsets",
      [{ ...view, bodies: [] }, letter, undefined],
      ["row_missing access_events 0-1", "row_missing outcomes 2-3"],
    ],
  ])("with %s", (_what, changed, expected) => {
    expect(found(changed)).toEqual(expected);
  });

  it("of statements names their table as far as it is known", () => {
    const statement = (table: "alert_actions" | "api_keys"): StoredRecord => ({
      outcomes: [{ ...outcome, ...none, kind: "statement", reason: table, ingestedAt: 0 }],
      bodies: [{ ...body, table, name: "" }],
      exposures: [],
      identities: [],
    });
    const action = statement("alert_actions");
    const link = linkOver([action], "service:w");
    const altered = {
      ...action,
      bodies: action.bodies.map((own) => ({ ...own, hash: "8".repeat(64) })),
    };
    const both = { ...action, bodies: [...action.bodies, ...statement("api_keys").bodies] };
    const placesOf = (record: StoredRecord | undefined) =>
      checkRange(link, new Map(record === undefined ? [] : [[0, record]])).map(
        ({ kind, table }) => `${kind} ${table}`,
      );
    expect(placesOf(action)).toEqual([]);
    expect(placesOf(altered)).toEqual(["range_differs alert_actions"]);
    expect(placesOf(both)).toEqual(["row_unexpected statements"]);
    expect(placesOf(undefined)).toEqual(["row_missing statements"]);
  });
});
