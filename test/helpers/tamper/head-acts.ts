/** Signed heads of the log, tampered with, and whole logs replaced by others that hold together. */
import { openCheckpoint } from "../../../ingest/ledger/checkpoint.ts";
import { recordHash } from "../../../ingest/ledger/ledger-record.ts";
import { append, emptyFrontier, rootOfFrontier } from "../../../ingest/ledger/merkle-frontier.ts";
import { createNoteSigner } from "../../../ingest/ledger/note-key.ts";
import { signNote } from "../../../ingest/ledger/signed-note.ts";
import { frontierText } from "../../../ingest/notary/log-state.ts";
import { testLog, testMac, testSigner } from "../ledger.ts";
import { below, oneOf } from "./column-value.ts";
import type { MakeLogAct } from "./entry-acts.ts";
import type { Act } from "./expectation.ts";
import { recordIn } from "./link-acts.ts";
import { type Head, inHeads, inLog, type SignedLog } from "./log-units.ts";
import type { Change, Values } from "./pristine.ts";
import { replaced } from "./row-acts.ts";

const nameOf = ({ size }: Head): string => `head of ${size}`;
const otherSigner = createNoteSigner(testSigner.verifierKey.name, Buffer.alloc(32, 9));
const largest = (2n ** 63n).toString();
/** As which it reads. */
const cutSize = Number.MAX_SAFE_INTEGER - 1;

const textOf = ({ row }: Head): string => String(row.values["note"]);
const signedText = (head: Head): string => textOf(head).slice(0, textOf(head).indexOf("\n\n") + 1);

const editSize: MakeLogAct = ({ heads, size }, random) => {
  const head = oneOf(random, heads);
  const other = oneOf(random, [
    "0",
    String(head.size + 1),
    String(head.size - 1),
    String(size + 9),
    largest,
  ]);
  return {
    name: `${nameOf(head)} is said to be of ${other}`,
    changes: [replaced(head.row, { tree_size: other })],
    expected: [inHeads("checkpoint_altered", Math.min(Number(other), cutSize))],
  };
};

/** Of what was signed and what follows from it, each in its own wrong way. */
const spoilings: readonly ((head: Head) => Values)[] = [
  ({ row }) => ({ root: String(row.values["root"]).toUpperCase() }),
  () => ({ root: "a".repeat(64) }),
  () => ({ root: "" }),
  ({ row }) => ({ frontier: `${String(row.values["frontier"])} ${String(row.values["root"])}` }),
  ({ row }) => ({ frontier: String(row.values["frontier"]).toUpperCase() }),
  () => ({ frontier: "" }),
  () => ({ note: "" }),
  (head) => ({ note: textOf(head).slice(0, -1) }),
  (head) => ({ note: `x${textOf(head)}` }),
  (head) => ({
    note: textOf(head).replace(/[A-Za-z](?=[^\n]*\n$)/, (char) => (char === "b" ? "c" : "b")),
  }),
  (head) => ({ note: signNote(signedText(head), otherSigner) }),
  (head) => ({ note: textOf(head) + signatureOf(signNote(signedText(head), otherSigner)) }),
];

const signatureOf = (note: string): string => note.slice(note.indexOf("\n\n") + 2);

const editContents = spoilings.map(
  (spoil): MakeLogAct =>
    ({ heads }, random) => {
      const head = oneOf(random, heads);
      const changed = spoil(head);
      return {
        name: `${nameOf(head)} is changed: ${JSON.stringify(changed)}`,
        changes: [replaced(head.row, changed)],
        expected: [inHeads("checkpoint_altered", head.size)],
      };
    },
);

const editGuards: MakeLogAct = ({ heads }, random) => {
  const head = oneOf(random, heads);
  const column = oneOf(random, ["signed_at", "deadline"]);
  const changes = [replaced(head.row, { [column]: "2026-02-03 04:05:06.789" })];
  return { name: `${nameOf(head)}: another ${column}`, changes, expected: [] };
};

const remove: MakeLogAct = ({ heads }, random) => {
  const at = below(random, heads.length);
  const [before, head, after] = [heads[at - 1], heads[at], heads[at + 1]];
  if (head === undefined) return undefined;
  return {
    name: `${nameOf(head)} is deleted`,
    changes: [{ table: "checkpoints", drop: head.row.id }],
    expected: [inHeads("checkpoint_missing", before?.size ?? 0, (after ?? head).size)],
  };
};

const cut: MakeLogAct = ({ heads, size }, random) => {
  const at = 1 + below(random, heads.length - 1);
  const newest = heads.slice(at);
  return {
    name: `${newest.length} heads are cut off`,
    changes: newest.map(({ row }) => ({ table: "checkpoints", drop: row.id })),
    expected: [inHeads("checkpoint_missing", heads[at - 1]?.size ?? 0, size)],
  };
};

const double: MakeLogAct = ({ heads }, random) => {
  const head = oneOf(random, heads);
  return {
    name: `${nameOf(head)} is there twice`,
    changes: [{ table: "checkpoints", add: head.row.values }],
    expected: [inHeads("checkpoint_unexpected", head.size)],
  };
};

const swapNotes: MakeLogAct = ({ heads }, random) => {
  const head = oneOf(random, heads);
  const other = oneOf(random, heads);
  if (head === other) return undefined;
  return {
    name: `${nameOf(head)} and that of ${other.size} change notes`,
    changes: [
      replaced(head.row, { note: textOf(other) }),
      replaced(other.row, { note: textOf(head) }),
    ],
    expected: [head, other].map(({ size }) => inHeads("checkpoint_altered", size)),
  };
};

/** A head that another key has signed, of a size that there is or not. */
const foreign: MakeLogAct = ({ heads, size }, random) => {
  const head = oneOf(random, heads);
  const own = oneOf(random, [head.size, head.size - 1, size + 3]);
  const note = signNote(signedText(head).replace(`\n${head.size}\n`, `\n${own}\n`), otherSigner);
  return {
    name: `another key signs a head of ${own}`,
    changes: [{ table: "checkpoints", add: { ...head.row.values, tree_size: String(own), note } }],
    expected: [inHeads("checkpoint_altered", own)],
  };
};

export const headActs: readonly MakeLogAct[] = [
  editSize,
  ...editContents,
  editGuards,
  remove,
  cut,
  double,
  swapNotes,
  foreign,
];

/** Everything after an earlier head is gone, and what is left holds together. */
export function shortened({ entries, heads, size }: SignedLog, head: Head): Act {
  const drops: Change[] = heads
    .filter((other) => other.size > head.size)
    .map(({ row }) => ({ table: "checkpoints", drop: row.id }));
  for (const { row, unit } of entries.slice(head.size)) {
    drops.push({ table: "ledger_entries", drop: row.id });
    drops.push({ table: "ledger", drop: unit.link.id });
    for (const { table, id } of [...unit.rows.values()].flat()) drops.push({ table, drop: id });
  }
  return {
    name: `all is as it was when ${head.size} entries were signed`,
    changes: drops,
    expected: [inLog("log_shortened", head.size, size)],
  };
}

/** The newest link is another, and whoever holds all keys has signed a log with it. */
export function forked({ entries, heads, size }: SignedLog): Act {
  const newest = entries.at(-1);
  const head = heads.at(-1);
  if (newest === undefined || head === undefined) throw new Error("an empty log");
  const recorded_at = "2026-02-03 04:05:06.789";
  const record = recordIn({ ...newest.unit.link.values, recorded_at });
  const leaf_hash = recordHash(record);
  const hashes = entries.map(({ row }) => String(row.values["leaf_hash"]));
  const tree = [...hashes.slice(0, -1), leaf_hash].reduce(
    (grown, hash) => append(grown, Buffer.from(hash, "hex")),
    emptyFrontier,
  );
  const root = rootOfFrontier(tree);
  const opened = openCheckpoint(textOf(head), testLog);
  if (opened.kind === "refused") throw new Error("a head that is not signed");
  const before = opened.checkpoint.root.toString("base64");
  const note = signNote(opened.text.replace(before, root.toString("base64")), testSigner);
  const frontier = frontierText(tree);
  return {
    name: "another newest link is signed",
    changes: [
      replaced(newest.unit.link, { recorded_at, mac: testMac.macOf(record) }),
      replaced(newest.row, { recorded_at, leaf_hash }),
      replaced(head.row, { note, root: root.toString("hex"), frontier }),
    ],
    expected: [inLog("log_forked", 0, size)],
  };
}
