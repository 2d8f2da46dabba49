/**
 * Whether an offset whose row was retired still agrees with the leaf that retention left: its outcome and its
 * sealed identifiers must be there, its row and its exposures may be, for a removal can be cut off. Pure.
 */
import { bodyTableOf } from "../clickhouse/event-rows.ts";
import { noHash64, type StoredRecord } from "../clickhouse/stored-records.ts";
import { type Leaf, leafOfText, leafText } from "../ledger/leaf.ts";
import type { Fault } from "./range-check.ts";

/** `undefined` where no leaf was left. That a retirement covers the leaf is another question. */
export function retiredFaults(
  offset: number,
  record: StoredRecord | undefined,
): readonly Fault[] | undefined {
  const [first, ...more] = record?.retired ?? [];
  if (record === undefined || first === undefined) return undefined;
  const { text } = first;
  if (more.some((other) => other.text !== text)) {
    return [altered("retired_leaves", "leaves of one offset that differ")];
  }
  const leaf = leafOfText(text, record.identities);
  const table = leaf && bodyTableOf(leaf.outcome);
  if (leaf === undefined || leaf.offset !== offset) {
    return [altered("retired_leaves", "not a leaf of this offset")];
  }
  if (table === undefined || leaf.body === undefined) {
    return [{ kind: "row_unexpected", table: "retired_leaves", detail: "the offset had no row" }];
  }
  return [
    ...identityFaults(text, leaf),
    ...outcomeFaults(record, leaf),
    ...bodyFaults(record, leaf, table),
    ...exposureFaults(record, leaf),
  ];
}

const altered = (table: string, detail: string): Fault => ({ kind: "row_altered", table, detail });

const identityFaults = (text: string, leaf: Leaf): readonly Fault[] =>
  leafText(leaf) === text
    ? []
    : [altered("identities", "the leaf commits to other sealed identifiers")];

/** A statement has no outcome of its own: it goes with its row. */
function outcomeFaults({ outcomes }: StoredRecord, leaf: Leaf): readonly Fault[] {
  if (leaf.outcome.kind === "statement") return [];
  const [outcome, ...more] = outcomes;
  if (outcome === undefined) {
    return [{ kind: "row_missing", table: "outcomes", detail: "no outcome" }];
  }
  if (more.length > 0) {
    return [{ kind: "row_unexpected", table: "outcomes", detail: "more than one outcome" }];
  }
  const { kind, reason, ingestedAt, deadline } = leaf.outcome;
  const contentHash = kind === "event" ? leaf.body?.hash.slice(0, noHash64.length) : noHash64;
  const isSame =
    outcome.kind === kind &&
    outcome.reason === reason &&
    outcome.ingestedAt === ingestedAt &&
    outcome.deadline === deadline &&
    outcome.contentHash === contentHash;
  return isSame ? [] : [altered("outcomes", "the outcome and the retired leaf differ")];
}

function bodyFaults({ bodies, outcomes }: StoredRecord, leaf: Leaf, table: string) {
  const faults: Fault[] = bodies
    .filter((body) => body.table !== table)
    .map((body) => ({
      kind: "row_unexpected",
      table: body.table,
      detail: "the retired leaf of the offset knows no such row",
    }));
  const [own, ...more] = bodies.filter((body) => body.table === table);
  if (own === undefined) return faults;
  if (more.length > 0) faults.push({ kind: "row_unexpected", table, detail: "more than one row" });
  const isSame = own.hash === leaf.body?.hash && own.deadline === leaf.body.deadline;
  const [outcome] = outcomes;
  if (!isSame) {
    faults.push(altered(table, "the row and its retired leaf differ"));
  } else if (leaf.outcome.kind === "event" && outcome?.idHash !== own.name) {
    faults.push(altered("outcomes", "the row and the hash of its id in the outcome differ"));
  }
  return faults;
}

/**
 * Exposures are removed before their access: without it there are none any more. What the access makes of them is
 * counted in the same question as they are, as it may be removed between two.
 */
function exposureFaults({ exposures }: StoredRecord, leaf: Leaf): readonly Fault[] {
  const left = exposures.filter(({ rows }) => rows > 0);
  const [own, ...more] = left;
  if (own === undefined) return [];
  if (own.expected === 0 || more.length > 0 || leaf.exposures === undefined) {
    const detail = "exposures without the access that makes them";
    return [{ kind: "row_unexpected", table: "exposures", detail }];
  }
  const isSame =
    own.asExpected && own.rows === leaf.exposures.rows && own.deadline === leaf.exposures.deadline;
  return isSame ? [] : [altered("exposures", "not the exposures that the access makes")];
}
