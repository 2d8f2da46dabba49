/** Two rows of one table change places within a link. */
import { oneOf } from "./column-value.ts";
import type { Act, Expectation } from "./expectation.ts";
import type { Row, Scene, Values } from "./pristine.ts";
import { edited, isEventTable } from "./row-oracle.ts";
import { atOffset, isOfStatements, offsetOf, overLink, type Unit } from "./units.ts";

const placeColumns = ["source", "partition", "offset", "deadline"];

/** `undefined`: there is no other row with other contents to swap with. */
export function swapAct(scene: Scene, unit: Unit, row: Row): Act | undefined {
  const others = (unit.rows.get(row.table) ?? []).filter(
    (other) => offsetOf(other) !== offsetOf(row) && contentOf(other) !== contentOf(row),
  );
  if (others.length === 0 || isOfStatements(unit)) return undefined;
  const other = oneOf(scene.random, others);
  const place = `${row.table} ${unit.source}`;
  return {
    name: `${place}: what is at ${offsetOf(row)} and at ${offsetOf(other)} is swapped`,
    changes: [
      { table: row.table, drop: row.id, add: { ...other.values, ...placeOf(row) } },
      { table: row.table, drop: other.id, add: { ...row.values, ...placeOf(other) } },
    ],
    expected: swapped(unit, row, other),
  };
}

const placeOf = ({ values }: Row): Values =>
  Object.fromEntries(placeColumns.map((name) => [name, values[name]]));

const contentOf = ({ values }: Row): string =>
  JSON.stringify(Object.entries(values).filter(([name]) => !placeColumns.includes(name)));

function swapped(unit: Unit, row: Row, other: Row): readonly Expectation[] {
  const { table } = row;
  if (isEventTable(table)) return [row, other].flatMap((each) => edited(unit, each, "event_id"));
  if (table === "exposures") return [row, other].map((each) => atExposures(unit, each));
  if (table === "outcomes") return outcomesSwapped(unit, row, other);
  const column = row.values["reason"] === other.values["reason"] ? "detail" : "reason";
  if (table !== "dead_letters" || column === "detail") {
    return [overLink(unit, ["range_differs"], ["outcomes"])];
  }
  return [row, other].flatMap((each) => edited(unit, each, column));
}

const atExposures = (unit: Unit, row: Row): Expectation =>
  atOffset(unit, offsetOf(row), ["row_altered"], ["exposures"]);

/** Records without a row of their own show nothing by themselves. */
function outcomesSwapped(unit: Unit, row: Row, other: Row): readonly Expectation[] {
  const areSkips = [row, other].every(({ values }) => values["kind"] === "skip");
  if (areSkips) return [overLink(unit, ["range_differs"], ["outcomes"])];
  return [row, other].flatMap((each) => edited({ ...unit }, each, "kind"));
}
