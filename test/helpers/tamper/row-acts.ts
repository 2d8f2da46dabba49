/** One row of one link, tampered with: the other links of the chain are not concerned. */
import { below, oneOf, otherValue, type Random } from "./column-value.ts";
import type { Act } from "./expectation.ts";
import type { Change, Row, Scene, Values } from "./pristine.ts";
import { added, deleted, edited, type Place, stray } from "./row-oracle.ts";
import { strayPlace } from "./stray-place.ts";
import { swapAct } from "./swap-act.ts";
import { isOfStatements, offsetOf, type Unit } from "./units.ts";

type Make = (scene: Scene, unit: Unit, row: Row) => Act | undefined;

const placeColumns = ["source", "partition", "offset"];

export function editAct({ pristine, random }: Scene, unit: Unit, row: Row): Act {
  const columns = pristine.columns(row.table).filter(({ name }) => !placeColumns.includes(name));
  const { name, type } = oneOf(random, columns);
  const others = Array.from(
    { length: 3 },
    () => oneOf(random, pristine.rows(row.table)).values[name],
  );
  const value = otherValue({ type, value: row.values[name], others }, random);
  return {
    name: `${nameOf(row)}: ${name} becomes ${JSON.stringify(value)}`,
    changes: [replaced(row, { [name]: value })],
    expected: edited(unit, row, name),
  };
}

const deleteAct: Make = (_scene, unit, row) => ({
  name: `${nameOf(row)} is deleted`,
  changes: [{ table: row.table, drop: row.id }],
  expected: deleted(unit, row),
});

/** Of sealed identifiers the table itself keeps one for each place. */
const doubleAct: Make = (_scene, unit, row) => {
  if (row.table === "identities") return undefined;
  return {
    name: `${nameOf(row)} is there twice`,
    changes: [{ table: row.table, add: row.values }],
    expected: added(unit, row.table, offsetOf(row)),
  };
};

/** Another seal for a token takes the place of the first if it is newer. */
const resealAct: Make = (_scene, unit, row) => {
  if (row.table !== "identities") return undefined;
  const sealed_at = String(row.values["sealed_at"]).replace(/^\d{4}/, "2099");
  return {
    name: `${nameOf(row)} is sealed again`,
    changes: [{ table: row.table, add: { ...row.values, sealed_at, sealed_id: "AAAA" } }],
    expected: edited(unit, row, "sealed_id"),
  };
};

const copyAct: Make = ({ random }, unit, row) => {
  const offset = otherOffset(random, unit, row);
  if (offset === undefined) return undefined;
  return {
    name: `${nameOf(row)} comes again at ${offset}`,
    changes: [{ table: row.table, add: { ...row.values, offset: String(offset) } }],
    expected: added(unit, row.table, offset),
  };
};

const moveAct: Make = ({ random }, unit, row) => {
  const offset = otherOffset(random, unit, row);
  if (offset === undefined) return undefined;
  const expected =
    row.table === "identities"
      ? edited(unit, row, "offset")
      : [...deleted(unit, row), ...added(unit, row.table, offset)];
  return {
    name: `${nameOf(row)} goes to ${offset}`,
    changes: [replaced(row, { offset: String(offset) })],
    expected,
  };
};

const copyAwayAct: Make = (scene, unit, row) => {
  const place = strayPlace(scene, unit);
  return {
    name: `${nameOf(row)} comes again at ${JSON.stringify(place)}`,
    changes: [{ table: row.table, add: { ...row.values, ...valuesOf(place) } }],
    expected: stray(row.table, place),
  };
};

const moveAwayAct: Make = (scene, unit, row) => {
  const place = strayPlace(scene, unit);
  return {
    name: `${nameOf(row)} goes to ${JSON.stringify(place)}`,
    changes: [replaced(row, valuesOf(place))],
    expected: [...deleted(unit, row), ...stray(row.table, place)],
  };
};

const acts: readonly Make[] = [
  // Most columns, most often: an edit is what a table of cases would leave out.
  editAct,
  editAct,
  editAct,
  editAct,
  deleteAct,
  doubleAct,
  resealAct,
  copyAct,
  moveAct,
  copyAwayAct,
  moveAwayAct,
  swapAct,
];

/** Tables in turn, so that none is drowned by those with the most rows. */
export function rowAct(scene: Scene, unit: Unit): Act {
  const { random } = scene;
  for (;;) {
    const rows = unit.rows.get(oneOf(random, [...unit.rows.keys()])) ?? [];
    const act = oneOf(random, acts)(scene, unit, oneOf(random, rows));
    if (act !== undefined) return act;
  }
}

export const nameOf = ({ table, values }: Row): string =>
  `${table} ${String(values["source"])}@${String(values["offset"])}`;

export const replaced = ({ table, id, values }: Row, changed: Values): Change => ({
  table,
  drop: id,
  add: { ...values, ...changed },
});

const valuesOf = ({ source, partition, offset }: Place): Values => ({
  source,
  partition: String(partition),
  offset: String(offset),
});

function otherOffset(random: Random, { start, end, ...unit }: Unit, row: Row): number | undefined {
  if (end - start < 2 || isOfStatements(unit)) return undefined;
  const step = 1 + below(random, end - start - 1);
  return start + ((offsetOf(row) - start + step) % (end - start));
}
