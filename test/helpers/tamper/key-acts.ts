/** What can be done to the keys of sealed identifiers, and to the erasures that say which are gone. */
import { below, oneOf } from "./column-value.ts";
import type { Act, Expectation } from "./expectation.ts";
import type { Row, Scene } from "./pristine.ts";
import { nameOf, replaced } from "./row-acts.ts";
import { deleted, edited } from "./row-oracle.ts";
import { atOffset, offsetOf, type Unit } from "./units.ts";

interface Sealed {
  readonly unit: Unit;
  readonly row: Row;
}

/** The keys that there were before some were erased, by token. */
export type EarlierKeys = ReadonlyMap<string, string>;

const keyOf = ({ row }: Sealed): string => String(row.values["wrapped_key"]);
const tokenOf = ({ values }: Row): string => String(values["subject_token"]);

const told = ({ unit, row }: Sealed, kind: Expectation["kinds"][number]): Expectation =>
  atOffset(unit, offsetOf(row), [kind], ["identities"]);

function keyAct(sealed: Sealed, key: string, expected: Act["expected"]): Act {
  const name = `${nameOf(sealed.row)}: its key becomes ${JSON.stringify(key)}`;
  return { name, changes: [replaced(sealed.row, { wrapped_key: key })], expected };
}

/** One for each identifier that has its key. */
function ofKept({ random }: Scene, sealed: Sealed, others: readonly Sealed[]): Act {
  const key = keyOf(sealed);
  const altered = [told(sealed, "key_altered")];
  const acts = [
    keyAct(sealed, "", [told(sealed, "key_missing")]),
    keyAct(sealed, keyOf(oneOf(random, others)), altered),
    keyAct(sealed, Buffer.alloc(16, below(random, 256)).toString("base64"), altered),
    keyAct(sealed, key.slice(0, 12), altered),
    keyAct(sealed, `${key} `, altered),
  ];
  return oneOf(random, acts);
}

/** One for each identifier that was erased. */
function ofErased({ random }: Scene, sealed: Sealed, earlier: EarlierKeys): Act {
  const back = told(sealed, "key_unexpected");
  const acts = [
    keyAct(sealed, earlier.get(tokenOf(sealed.row)) ?? "", [back]),
    keyAct(sealed, "AAAAAAAAAAAAAAAAAAAAAA==", [back, told(sealed, "key_altered")]),
  ];
  return oneOf(random, acts);
}

/** The same erasure no more: what it took is then missed. */
function ofErasure({ random }: Scene, { unit, row }: Sealed, erased: readonly Sealed[]): Act {
  const missed = erased
    .filter((sealed) => tokenOf(sealed.row) === tokenOf(row))
    .map((sealed) => told(sealed, "key_missing"));
  const acts = [
    { change: { table: row.table, drop: row.id }, own: deleted(unit, row) },
    { change: replaced(row, { reason: "another" }), own: edited(unit, row, "reason") },
    { change: replaced(row, { mac: "1:00" }), own: edited(unit, row, "mac") },
  ];
  const { change, own } = oneOf(random, acts);
  const name = `${nameOf(row)} becomes ${JSON.stringify(change)}`;
  return { name, changes: [change], expected: [...own, ...missed] };
}

const rowsIn = ({ chains }: Scene, table: string): readonly Sealed[] =>
  chains.flatMap(({ units }) =>
    units.flatMap((unit) => (unit.rows.get(table) ?? []).map((row) => ({ unit, row }))),
  );

/** One for every identifier, or, at every other time, for every erasure. */
export function keyActs(scene: Scene, earlier: EarlierKeys, round: number): readonly Act[] {
  const all = rowsIn(scene, "identities");
  const kept = all.filter((sealed) => keyOf(sealed) !== "");
  const erased = all.filter((sealed) => keyOf(sealed) === "");
  if (round % 2 === 1) {
    return rowsIn(scene, "erasures").map((erasure) => ofErasure(scene, erasure, erased));
  }
  const others = (one: Sealed) => kept.filter((other) => other !== one);
  return [
    ...kept.map((sealed) => ofKept(scene, sealed, others(sealed))),
    ...erased.map((sealed) => ofErased(scene, sealed, earlier)),
  ];
}
