/** Where the log stands: read back from the store, and only believed if a signed head bears it out. */
import { z } from "zod";
import { defineQuery, type Reader } from "../clickhouse/define-query.ts";
import {
  entriesFrom,
  firstEntrySince,
  logSize,
  newestCheckpoint,
} from "../clickhouse/ledger-log.ts";
import { openCheckpoint, type TrustedLog } from "../ledger/checkpoint.ts";
import { numberIn } from "../ledger/checkpoint-number.ts";
import {
  append,
  emptyFrontier,
  type Frontier,
  isFrontier,
  rootOfFrontier,
} from "../ledger/merkle-frontier.ts";

export interface LogState {
  readonly tree: Frontier;
  /** Number of the next signed head. */
  readonly nextNumber: number;
  /** Entries that a signed head covers. */
  readonly signed: number;
  /** Newest `recorded_at` of a link in the log, epoch milliseconds. */
  readonly newestAt: number;
  /** No link at a place of the log before `from` was recorded at `since` or later. */
  readonly young: { readonly since: number; readonly from: number };
}

/** Longest time between a link's `recorded_at` and its arrival: the longest deadline of any writer and skew. */
const linkLateMsMax = 600_000;

/** Since when a link may have been recorded that the log does not have. */
export const lateSince = ({ newestAt }: LogState): number => Math.max(0, newestAt - linkLateMsMax);

/**
 * Looks for what of the log is young once that is twice as much as it need be: each time all of the log is read, which
 * grows for years, so not at every round.
 */
export async function withYoung(reader: Reader, state: LogState): Promise<LogState> {
  const since = lateSince(state);
  if (since - state.young.since < linkLateMsMax) return state;
  const [found = { first: 0, entry_count: 0 }] = await firstEntrySince(reader, { since });
  const from = found.entry_count === 0 ? state.tree.size : found.first;
  return { ...state, young: { since, from } };
}

/** The log in the store is not the one that was signed: nothing more is signed until a person has looked. */
export class BrokenLogError extends Error {
  readonly code = "ledger.broken_log";
  constructor(problem: string) {
    super(`the ledger's log is not what was signed (${problem}); run \`deskwatch verify\``);
    this.name = "BrokenLogError";
  }
}

const newestEntry = defineQuery({
  name: "ledger_entries.newest",
  sql: `SELECT toUnixTimestamp64Milli(max(recorded_at)) AS newest FROM ledger_entries`,
  params: z.object({}),
  row: z.object({ newest: z.number() }),
});

const entriesPerPage = 50_000;

/** Reads what was added since the newest signed head. Throws `BrokenLogError`. */
export async function readLogState(reader: Reader, log: TrustedLog): Promise<LogState> {
  const [size = { entry_count: 0, next_index: 0 }] = await logSize(reader, {});
  const { tree: signedTree, nextNumber } = await signedState(reader, log);
  let tree = signedTree;
  for (let from = tree.size; from < size.next_index; from += entriesPerPage) {
    for (const { logIndex, leafHash } of await entriesFrom(reader, {
      from,
      to: Math.min(size.next_index, from + entriesPerPage),
    })) {
      if (logIndex !== tree.size) throw new BrokenLogError(`entry ${tree.size} is not there once`);
      tree = append(tree, Buffer.from(leafHash, "hex"));
    }
  }
  if (tree.size !== size.entry_count || tree.size !== size.next_index) {
    throw new BrokenLogError(`${size.entry_count} entries up to ${size.next_index}`);
  }
  const [newest] = await newestEntry(reader, {});
  return {
    tree,
    nextNumber,
    signed: signedTree.size,
    newestAt: newest?.newest ?? 0,
    young: { since: 0, from: 0 },
  };
}

async function signedState(reader: Reader, log: TrustedLog) {
  const [newest] = await newestCheckpoint(reader, {});
  if (newest === undefined) return { tree: emptyFrontier, nextNumber: 0 };
  const opened = openCheckpoint(newest.note, log);
  if (opened.kind === "refused") throw new BrokenLogError(`newest head: ${opened.reason}`);
  const { size, root, extensions } = opened.checkpoint;
  const number = numberIn(extensions);
  const tree = { size, hashes: hashesIn(newest.frontier) };
  if (number === undefined || !isFrontier(tree) || !rootOfFrontier(tree).equals(root)) {
    throw new BrokenLogError("newest head: its frontier is not that of its root");
  }
  return { tree, nextNumber: number + 1 };
}

export const hashesIn = (text: string): readonly Buffer[] =>
  text === "" ? [] : text.split(" ").map((hex) => Buffer.from(hex, "hex"));

/** As the table of checkpoints keeps it: hex, separated by spaces. */
export const frontierText = ({ hashes }: Frontier): string =>
  hashes.map((hash) => hash.toString("hex")).join(" ");
