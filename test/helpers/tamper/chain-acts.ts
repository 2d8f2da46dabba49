/** Rows of one chain beyond a single link: cut off, or moved from one link to another. */
import { grouped } from "../../../ingest/runtime/grouped.ts";
import { oneOf } from "./column-value.ts";
import type { Act, Expectation } from "./expectation.ts";
import { linkActs } from "./link-acts.ts";
import type { Row, Scene } from "./pristine.ts";
import { nameOf, replaced } from "./row-acts.ts";
import { added, deleted } from "./row-oracle.ts";
import { atOffset, type Chain, isOfStatements, offsetOf, overLink, type Unit } from "./units.ts";

type Make = (scene: Scene, chain: Chain) => Act | undefined;

const tablesOf = ({ units }: Chain): readonly string[] => [
  ...new Set(units.flatMap(({ rows }) => [...rows.keys()])),
];

const rowsOf = ({ units }: Chain, table: string): readonly Row[] =>
  units.flatMap(({ rows }) => rows.get(table) ?? []);

/** The newest rows of one table. */
const cutTable: Make = ({ random }, chain) => {
  const table = oneOf(random, tablesOf(chain));
  const rows = rowsOf(chain, table);
  const from = offsetOf(oneOf(random, rows));
  const newest = rows.filter((row) => offsetOf(row) >= from);
  return {
    name: `${table} ${chain.source}: from ${from} on all rows are cut off`,
    changes: newest.map(({ id }) => ({ table, drop: id })),
    expected: chain.units.flatMap((unit) => cutFrom(unit, newest)),
  };
};

/** Each offset that lost a row is told once, sealed identifiers once for each link. */
function cutFrom(unit: Unit, rows: readonly Row[]): readonly Expectation[] {
  const own = rows.filter((row) => offsetOf(row) >= unit.start && offsetOf(row) < unit.end);
  const [first] = own;
  if (first?.table === "identities") return deleted(unit, first);
  const byOffset = grouped(own, offsetOf);
  return [...byOffset.values()].flatMap(([row]) => (row === undefined ? [] : deleted(unit, row)));
}

/** Everything of the newest records, but not the links. */
const cutRecords: Make = ({ random }, chain) => {
  const { start, end } = oneOf(random, chain.units);
  const from = start + Math.floor(random() * (end - start));
  const changes = tablesOf(chain).flatMap((table) =>
    rowsOf(chain, table)
      .filter((row) => offsetOf(row) >= from)
      .map(({ id }) => ({ table, drop: id })),
  );
  const table = isOfStatements(chain) ? "statements" : "outcomes";
  const expected = chain.units.flatMap((unit) =>
    Array.from({ length: unit.end - unit.start }, (_, at) => unit.start + at)
      .filter((offset) => offset >= from)
      .map((offset) => atOffset(unit, offset, ["row_missing"], [table])),
  );
  return { name: `${chain.source}: all records from ${from} on are cut off`, changes, expected };
};

/** From one link into another. */
const moveAcross: Make = ({ random }, chain) => {
  const from = oneOf(random, chain.units);
  const to = oneOf(random, chain.units);
  if (from === to) return undefined;
  const row = oneOf(random, oneOf(random, [...from.rows.values()]));
  const offset = to.start + Math.floor(random() * (to.end - to.start));
  return {
    name: `${nameOf(row)} goes to ${offset}`,
    changes: [replaced(row, { offset: String(offset) })],
    expected: [...deleted(from, row), ...added(to, row.table, offset)],
  };
};

/** Two statements of one table change places: each link has one. */
const swapStatements: Make = ({ random }, chain) => {
  if (!isOfStatements(chain)) return undefined;
  const table = oneOf(random, tablesOf(chain));
  const [row, other] = rowsOf(chain, table);
  if (row === undefined || other === undefined) return undefined;
  const units = chain.units.filter((unit) =>
    [row, other].some((each) => offsetOf(each) === unit.start),
  );
  return {
    name: `${nameOf(row)} and ${nameOf(other)} change places`,
    changes: [
      replaced(row, { offset: other.values["offset"] }),
      replaced(other, { offset: row.values["offset"] }),
    ],
    expected: units.map((unit) => overLink(unit, ["range_differs"], [table])),
  };
};

const acts = [...linkActs, cutTable, cutTable, cutRecords, moveAcross, moveAcross, swapStatements];

export function chainAct(scene: Scene, chain: Chain): Act {
  for (;;) {
    const act = oneOf(scene.random, acts)(scene, chain);
    if (act !== undefined) return act;
  }
}
