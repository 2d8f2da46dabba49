/** Entries of the log, tampered with: one act shows in the log and, most often, in the chain as well. */
import { recordHash } from "../../../ingest/ledger/ledger-record.ts";
import { grouped } from "../../../ingest/runtime/grouped.ts";
import { below, oneOf, type Random } from "./column-value.ts";
import type { Act, Expectation } from "./expectation.ts";
import { recordIn } from "./link-acts.ts";
import {
  betweenHeads,
  inHeads,
  inLog,
  type LogEntry,
  type SignedLog,
  withoutEntry,
} from "./log-units.ts";
import type { Change } from "./pristine.ts";
import { replaced } from "./row-acts.ts";
import { atNumber } from "./units.ts";

export type MakeLogAct = (log: SignedLog, random: Random) => Act | undefined;

const nameOf = ({ index }: LogEntry): string => `entry ${index}`;
const largest = (2n ** 64n - 1n).toString();
/** As which it reads. */
const cutIndex = Number.MAX_SAFE_INTEGER - 1;

const inChain = ({ unit }: LogEntry, kind: "entry_altered" | "entry_unexpected") =>
  atNumber(unit, unit.sequence, kind, "ledger_entries");

const editHash: MakeLogAct = (log, random) => {
  const entry = oneOf(random, log.entries);
  const hash = String(entry.row.values["leaf_hash"]);
  const other = (hash.startsWith("0") ? "1" : "0") + hash.slice(1);
  return {
    name: `${nameOf(entry)} gets another hash`,
    changes: [replaced(entry.row, { leaf_hash: other })],
    expected: [inChain(entry, "entry_altered"), betweenHeads(log, entry.index)],
  };
};

const spoilings: readonly ((hash: string) => string)[] = [
  () => "",
  (hash) => hash.slice(2),
  (hash) => `${hash}00`,
  (hash) => hash.toUpperCase(),
];

const spoilHashes = spoilings.map(
  (spoil): MakeLogAct =>
    ({ entries }, random) => {
      const entry = oneOf(random, entries);
      const hash = String(entry.row.values["leaf_hash"]);
      const spoilt = spoil(hash);
      if (spoilt === hash) return undefined;
      return {
        name: `${nameOf(entry)} gets ${JSON.stringify(spoilt)} for a hash`,
        changes: [replaced(entry.row, { leaf_hash: spoilt })],
        expected: [inChain(entry, "entry_altered"), inLog("entry_altered", entry.index)],
      };
    },
);

const editTime: MakeLogAct = ({ entries }, random) => {
  const entry = oneOf(random, entries);
  return {
    name: `${nameOf(entry)} was recorded at another time`,
    changes: [replaced(entry.row, { recorded_at: "2026-02-03 04:05:06.789" })],
    expected: [inChain(entry, "entry_altered")],
  };
};

const editDeadline: MakeLogAct = ({ entries }, random) => {
  const entry = oneOf(random, entries);
  const changes = [replaced(entry.row, { deadline: "2026-02-03 04:05:06.789" })];
  return { name: `${nameOf(entry)} gets another deadline`, changes, expected: [] };
};

const moveInLog: MakeLogAct = ({ entries, size }, random) => {
  const entry = oneOf(random, entries);
  const place = oneOf(random, [String(size + 6), largest, String(below(random, size))]);
  if (place === String(entry.index)) return undefined;
  return {
    name: `${nameOf(entry)} goes to place ${place}`,
    changes: [replaced(entry.row, { log_index: place })],
    expected: [
      inLog("entry_missing", entry.index),
      inLog("entry_unexpected", Math.min(Number(place), cutIndex)),
    ],
  };
};

const swapInLog: MakeLogAct = (log, random) => {
  const entry = oneOf(random, log.entries);
  const other = oneOf(random, log.entries);
  if (entry === other) return undefined;
  return {
    name: `${nameOf(entry)} and ${other.index} change places`,
    changes: [
      replaced(entry.row, { log_index: other.row.values["log_index"] }),
      replaced(other.row, { log_index: entry.row.values["log_index"] }),
    ],
    expected: [betweenHeads(log, Math.min(entry.index, other.index))],
  };
};

/** It then speaks for a link that there is not. */
const moveToChain: MakeLogAct = ({ entries }, random) => {
  const entry = oneOf(random, entries);
  const { source, partition, sequence } = entry.unit;
  const place = oneOf(random, [
    { source: `${source}-x`, partition },
    { source, partition: partition + 5 },
  ]);
  const missing = {
    kinds: ["link_missing"],
    tables: ["ledger"],
    from: 0,
    to: sequence + 1,
  } as const;
  return {
    name: `${nameOf(entry)} goes to ${JSON.stringify(place)}`,
    changes: [replaced(entry.row, { source: place.source, partition: String(place.partition) })],
    expected: [withoutEntry(entry), { ...missing, ...place }],
  };
};

const moveToLink: MakeLogAct = ({ entries }, random) => {
  const entry = oneOf(random, entries);
  const other = oneOf(random, entries);
  const { source, sequence } = entry.unit;
  if (other === entry || other.unit.source !== source) return undefined;
  return {
    name: `${nameOf(entry)} is said to be of link ${other.unit.sequence}, not ${sequence}`,
    changes: [replaced(entry.row, { sequence: String(other.unit.sequence) })],
    expected: [withoutEntry(entry), inChain(other, "entry_unexpected")],
  };
};

const moveBeyondChain: MakeLogAct = ({ entries }, random) => {
  const entry = oneOf(random, entries);
  const { source, partition, sequence } = entry.unit;
  const known = entries.filter(({ unit }) => unit.source === source).length;
  const place = oneOf(random, [String(known + 3), largest]);
  const to = Math.min(Number(place), cutIndex) + 1;
  const missing = { kinds: ["link_missing"], tables: ["ledger"], from: known, to } as const;
  return {
    name: `${nameOf(entry)} is said to be of link ${place}, not ${sequence}`,
    changes: [replaced(entry.row, { sequence: place })],
    // Of a chain whose last link seems to be another, none is the newest.
    expected: [withoutEntry({ ...entry, isNewest: false }), { ...missing, source, partition }],
  };
};

const remove: MakeLogAct = ({ entries }, random) => {
  const entry = oneOf(random, entries);
  return {
    name: `${nameOf(entry)} is deleted`,
    changes: [{ table: "ledger_entries", drop: entry.row.id }],
    expected: [inLog("entry_missing", entry.index), withoutEntry(entry)],
  };
};

const double: MakeLogAct = ({ entries }, random) => {
  const entry = oneOf(random, entries);
  return {
    name: `${nameOf(entry)} is there twice`,
    changes: [{ table: "ledger_entries", add: entry.row.values }],
    expected: [inLog("entry_unexpected", entry.index), inChain(entry, "entry_unexpected")],
  };
};

const append: MakeLogAct = ({ entries, size }, random) => {
  const entry = oneOf(random, entries);
  return {
    name: `${nameOf(entry)} comes again behind the last`,
    changes: [{ table: "ledger_entries", add: { ...entry.row.values, log_index: String(size) } }],
    expected: [inHeads("checkpoint_missing", size), inChain(entry, "entry_unexpected")],
  };
};

/** The newest entries; what a chain lost of them follows on one another. */
const cut: MakeLogAct = ({ entries, size }, random) => {
  const newest = entries.slice(-1 - below(random, 6));
  const from = newest[0]?.index ?? size;
  const byChain = grouped(newest, ({ unit }) => unit.source);
  return {
    name: `entries from ${from} on are cut off`,
    changes: newest.map(({ row }) => ({ table: "ledger_entries", drop: row.id })),
    expected: [inLog("entry_missing", from, size), ...[...byChain.values()].map(unloggedFrom)],
  };
};

function unloggedFrom(newest: readonly LogEntry[]): Expectation {
  const sequences = newest.map(({ unit }) => unit.sequence);
  const { source, partition } = newest[0]?.unit ?? { source: "", partition: 0 };
  return {
    kinds: ["link_unlogged"],
    tables: ["ledger"],
    source,
    partition,
    from: Math.min(...sequences),
    to: Math.max(...sequences) + 1,
  };
}

/** A link and its entry are rewritten so that they fit. */
const rewrite: MakeLogAct = (log, random) => {
  const { index, row, unit } = oneOf(random, log.entries);
  const values = { ...unit.link.values, root: "d".repeat(64) };
  const leaf_hash = recordHash(recordIn(values));
  return {
    name: `entry ${index} and its link are rewritten`,
    changes: [replaced(row, { leaf_hash }), { table: "ledger", drop: unit.link.id, add: values }],
    expected: [atNumber(unit, unit.sequence, "link_forged"), betweenHeads(log, index)],
  };
};

/** All that a record left, up to the log. */
const erase: MakeLogAct = ({ entries }, random) => {
  const { index, row, unit } = oneOf(
    random,
    entries.filter(({ isNewest }) => isNewest),
  );
  const rows: Change[] = [...unit.rows.values()]
    .flat()
    .map(({ table, id }) => ({ table, drop: id }));
  return {
    name: `everything of link ${unit.sequence} of ${unit.source} is gone`,
    changes: [
      ...rows,
      { table: "ledger", drop: unit.link.id },
      { table: "ledger_entries", drop: row.id },
    ],
    expected: [inLog("entry_missing", index)],
  };
};

const removeWithLink: MakeLogAct = ({ entries }, random) => {
  const { index, row, unit, isNewest } = oneOf(random, entries);
  if (isNewest) return undefined;
  return {
    name: `entry ${index} and its link are deleted`,
    changes: [
      { table: "ledger", drop: unit.link.id },
      { table: "ledger_entries", drop: row.id },
    ],
    expected: [inLog("entry_missing", index), atNumber(unit, unit.sequence, "link_missing")],
  };
};

export const entryActs: readonly MakeLogAct[] = [
  editHash,
  ...spoilHashes,
  editTime,
  editDeadline,
  moveInLog,
  swapInLog,
  moveToChain,
  moveToLink,
  moveBeyondChain,
  remove,
  double,
  append,
  cut,
  rewrite,
  erase,
  removeWithLink,
];
