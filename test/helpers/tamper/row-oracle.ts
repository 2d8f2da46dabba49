/** What has to be found of one row that was edited, deleted, or put where it was not. */
import type { Expectation } from "./expectation.ts";
import type { Row } from "./pristine.ts";
import { atOffset, isOfStatements, offsetOf, overLink, type Unit } from "./units.ts";

/**
 * Columns that nothing commits to. Erasure and rotation change how a key is wrapped: whether it opens its identifier
 * is tried instead. The deadline of a row that
 * others vouch for only kept it from being written late, and nobody reads when a head was signed but from its
 * witnesses.
 */
export const uncoveredColumns: Readonly<Record<string, readonly string[]>> = {
  identities: ["wrapped_key", "master_key_version", "deadline"],
  ledger: ["deadline"],
  ledger_entries: ["deadline"],
  checkpoints: ["signed_at", "deadline"],
};

const events = ["access_events", "subject_events", "ticket_events", "agent_events"];
export const isEventTable = (table: string): boolean => events.includes(table);

const wholeLink = (unit: Unit, table: string): Expectation =>
  overLink(unit, ["range_differs"], [isOfStatements(unit) ? table : "outcomes"]);

/** Of a row's own columns and its deadline; its place is another matter. */
export function edited(unit: Unit, row: Row, column: string): readonly Expectation[] {
  const { table, values } = row;
  if (table === "identities") return identityEdited(unit, row, column);
  if (uncoveredColumns[table]?.includes(column) === true) return [];
  const offset = offsetOf(row);
  if (isEventTable(table) && column !== "deadline") {
    return [atOffset(unit, offset, ["row_altered"], [table])];
  }
  if (table === "exposures") return [exposureEdited(unit, row, column)];
  if (table === "dead_letters" && column === "reason") {
    return [atOffset(unit, offset, ["row_altered"], [table])];
  }
  if (table === "outcomes") return [outcomeEdited(unit, String(values["kind"]), offset, column)];
  return [wholeLink(unit, table)];
}

/** What a key opens, and what the sealed text is bound to. */
const openedColumns = ["wrapped_key", "master_key_version", "sealed_id", "subject_token"];

function identityEdited(unit: Unit, row: Row, column: string): readonly Expectation[] {
  const tried = openedColumns.includes(column)
    ? [atOffset(unit, offsetOf(row), ["key_altered"], [row.table])]
    : [];
  return uncoveredColumns["identities"]?.includes(column) === true
    ? tried
    : [...tried, wholeLink(unit, row.table)];
}

function exposureEdited(unit: Unit, row: Row, column: string): Expectation {
  const isOnly = exposuresAt(unit, offsetOf(row)).length === 1;
  // Several of one access have one deadline.
  if (column === "deadline" && isOnly) return wholeLink(unit, row.table);
  return atOffset(unit, offsetOf(row), ["row_altered"], ["exposures"]);
}

const exposuresAt = ({ rows }: Unit, offset: number): readonly Row[] =>
  (rows.get("exposures") ?? []).filter((row) => offsetOf(row) === offset);

function outcomeEdited(unit: Unit, kind: string, offset: number, column: string): Expectation {
  const isTold = {
    kind: true,
    reason: kind !== "skip",
    event_id_hash: true,
    content_hash: true,
  };
  if (!(column in isTold) || (column === "reason" && !isTold.reason)) {
    return wholeLink(unit, "outcomes");
  }
  // Where the outcome of a record and its row tell different stories, either may be the one that was edited.
  const tables = column.endsWith("_hash") ? ["outcomes"] : ["outcomes", ...bodyTables];
  return atOffset(unit, offset, ["row_altered", "row_missing", "row_unexpected"], tables);
}

const bodyTables = [...events, "dead_letters"];

export function deleted(unit: Unit, { table, ...row }: Row): readonly Expectation[] {
  if (table === "identities") return [overLink(unit, ["row_missing"], [table])];
  const name = isOfStatements(unit) ? "statements" : table;
  return [atOffset(unit, offsetOf({ table, ...row }), ["row_missing"], [name])];
}

/** A row more at an offset that the unit has. */
export function added(unit: Unit, table: string, offset: number): readonly Expectation[] {
  if (table === "identities") return [overLink(unit, ["row_unexpected"], [table])];
  const tables = isOfStatements(unit) ? [table, "statements"] : [table];
  return [atOffset(unit, offset, ["row_unexpected"], tables)];
}

/** A row where no link has an offset. */
export function stray(table: string, place: Place): readonly Expectation[] {
  // Earlier versions wrote these without a place.
  const mayLackPlace = ["identities", "alert_actions", "api_keys"].includes(table);
  if (place.source === "" && mayLackPlace) return [];
  return [atOffset(place, place.offset, ["rows_unlinked"], [table])];
}

export interface Place {
  readonly source: string;
  readonly partition: number;
  readonly offset: number;
}
