/** The links of one chain, tampered with: nothing else is done to the chain. */
import { type LedgerRecord, recordHash } from "../../../ingest/ledger/ledger-record.ts";
import { oneOf, otherValue } from "./column-value.ts";
import type { Act, Expectation } from "./expectation.ts";
import type { Scene, Values } from "./pristine.ts";
import { nameOf, replaced } from "./row-acts.ts";
import { uncoveredColumns } from "./row-oracle.ts";
import { atNumber, type Chain, type Unit } from "./units.ts";

type Make = (scene: Scene, chain: Chain) => Act | undefined;

const placeColumns = ["source", "partition", "sequence"];

const edit: Make = ({ pristine, random }, chain) => {
  const unit = oneOf(random, chain.units);
  const columns = pristine.columns("ledger").filter(({ name }) => !placeColumns.includes(name));
  const { name, type } = oneOf(random, columns);
  const others = [oneOf(random, pristine.rows("ledger")).values[name]];
  const value = otherValue({ type, value: unit.link.values[name], others }, random);
  return {
    name: `${linkName(unit)}: ${name} becomes ${JSON.stringify(value)}`,
    changes: [replaced(unit.link, { [name]: value })],
    expected: linkEdited(unit, name),
  };
};

function linkEdited(unit: Unit, column: string): readonly Expectation[] {
  if (uncoveredColumns["ledger"]?.includes(column) === true) return [];
  const kind = column === "mac" ? "link_forged" : "link_altered";
  return [atNumber(unit, unit.sequence, kind)];
}

const remove: Make = ({ random }, chain) => {
  const unit = oneOf(random, chain.units);
  return {
    name: `${linkName(unit)} is deleted`,
    changes: [{ table: "ledger", drop: unit.link.id }],
    expected: [atNumber(unit, unit.sequence, "link_missing")],
  };
};

const double: Make = ({ random }, chain) => {
  const unit = oneOf(random, chain.units);
  return {
    name: `${linkName(unit)} is there twice`,
    changes: [{ table: "ledger", add: unit.link.values }],
    expected: [atNumber(unit, unit.sequence, "link_unexpected")],
  };
};

const copy: Make = ({ random }, chain) => {
  const unit = oneOf(random, chain.units);
  const place = linkPlaceBeside(random, chain, unit);
  return {
    name: `${linkName(unit)} comes again as ${JSON.stringify(place)}`,
    changes: [{ table: "ledger", add: { ...unit.link.values, ...place } }],
    expected: [linkAdded(chain, unit, place)],
  };
};

const move: Make = ({ random }, chain) => {
  const unit = oneOf(random, chain.units);
  const place = linkPlaceBeside(random, chain, unit);
  return {
    name: `${linkName(unit)} becomes ${JSON.stringify(place)}`,
    changes: [replaced(unit.link, place)],
    expected: [atNumber(unit, unit.sequence, "link_missing"), linkAdded(chain, unit, place)],
  };
};

const largest = (2n ** 63n + 5n).toString();
/** As which it reads. */
const cutSequence = Number.MAX_SAFE_INTEGER - 1;

function linkPlaceBeside(random: Scene["random"], chain: Chain, unit: Unit): Values {
  const { source, partition, sequence } = unit;
  const others = chain.units.filter((other) => other !== unit);
  return oneOf(random, [
    { source: `${source}-x` },
    { partition: String(partition + 9) },
    { sequence: String(chain.units.length + 4) },
    { sequence: largest },
    { sequence: String(others[0]?.sequence ?? sequence + 1) },
  ]);
}

function linkAdded(chain: Chain, unit: Unit, place: Values): Expectation {
  const { source, partition, sequence } = { ...unit, ...place };
  const at = { source: String(source), partition: Number(partition) };
  const number = Math.min(Number(sequence), cutSequence);
  const isTaken = at.source === unit.source && at.partition === unit.partition;
  const isKnown = isTaken && chain.units.some((other) => other.sequence === number);
  return atNumber(at, number, isKnown ? "link_unexpected" : "link_forged");
}

const swap: Make = ({ random }, chain) => {
  const unit = oneOf(random, chain.units);
  const other = oneOf(random, chain.units);
  if (unit === other) return undefined;
  return {
    name: `${linkName(unit)} and ${other.sequence} change places`,
    changes: [
      replaced(unit.link, { sequence: other.link.values["sequence"] }),
      replaced(other.link, { sequence: unit.link.values["sequence"] }),
    ],
    expected: [unit, other].map(({ sequence }) => atNumber(unit, sequence, "link_altered")),
  };
};

/** A link rewritten with all that come after it, as whoever has no key would do it. */
const rewrite: Make = ({ random }, chain) => {
  const from = oneOf(random, chain.units).sequence;
  const rewritten = chain.units.filter(({ sequence }) => sequence >= from);
  let previous: string | undefined;
  const changes = rewritten.map(({ link }) => {
    const root = previous === undefined ? "f".repeat(64) : String(link.values["root"]);
    const values = { ...link.values, root, ...(previous === undefined ? {} : { previous }) };
    previous = recordHash(recordIn(values));
    return { table: "ledger", drop: link.id, add: values };
  });
  return {
    name: `${linkName(chain.units[0])}: from ${from} on the links are rewritten`,
    changes,
    expected: rewritten.map((unit) => atNumber(unit, unit.sequence, "link_altered")),
  };
};

/** A row is edited and its link made to fit. */
const alterRowAndLink: Make = ({ random }, chain) => {
  const unit = oneOf(random, chain.units);
  const rows = [...unit.rows.values()].flat();
  const row = oneOf(random, rows);
  return {
    name: `${linkName(unit)} is made to fit without ${nameOf(row)}`,
    changes: [{ table: row.table, drop: row.id }, replaced(unit.link, { root: "e".repeat(64) })],
    expected: [atNumber(unit, unit.sequence, "link_altered")],
  };
};

const cut: Make = ({ random }, chain) => {
  const from = oneOf(random, chain.units).sequence;
  const newest = chain.units.filter(({ sequence }) => sequence >= from);
  return {
    name: `${linkName(chain.units[0])}: the links from ${from} on are cut off`,
    changes: newest.map(({ link }) => ({ table: "ledger", drop: link.id })),
    expected: newest.map((unit) => atNumber(unit, unit.sequence, "link_missing")),
  };
};

export const linkActs: readonly Make[] = [
  edit,
  edit,
  edit,
  remove,
  double,
  copy,
  move,
  move,
  swap,
  rewrite,
  alterRowAndLink,
  cut,
];

const linkName = ({ source, sequence }: Unit): string => `link ${sequence} of ${source}`;

export function recordIn(values: Values): LedgerRecord {
  const number = (name: string): number => Number(values[name]);
  return {
    source: String(values["source"]),
    partition: number("partition"),
    sequence: number("sequence"),
    start: number("start_offset"),
    end: number("end_offset"),
    counts: {
      outcomes: number("outcomes"),
      events: number("events"),
      deadLetters: number("dead_letters"),
      exposures: number("exposures"),
      identities: number("identities"),
    },
    root: String(values["root"]),
    previous: String(values["previous"]),
    recordedAt: Date.parse(`${String(values["recorded_at"]).replace(" ", "T")}Z`),
  };
}
