/**
 * Whether the log is the one whose heads were signed: its entries give the root of every signed head, the heads
 * follow on one another, and every head that a witness holds lies on the way.
 */
import type { Reader } from "../clickhouse/define-query.ts";
import type { TrustedLog } from "../ledger/checkpoint.ts";
import { emptyRoot, type Hash } from "../ledger/merkle.ts";
import { append, emptyFrontier, type Frontier, rootOfFrontier } from "../ledger/merkle-frontier.ts";
import { grouped } from "../runtime/grouped.ts";
import type { Discrepancy, DiscrepancyList } from "./discrepancy.ts";
import { createHeadCheck } from "./head-check.ts";
import { checkpointsUpTo, type Entry, logBefore, logEndOf, newestHeadSize } from "./log-rows.ts";

/** A head that somebody outside holds; its signature is already checked. */
export interface WitnessedHead {
  readonly witness: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

export interface CheckedLog {
  readonly size: number;
  /** Hex root over all entries. */
  readonly root: string;
  readonly checkpoints: number;
  /** Entries that a signed head covers. */
  readonly signed: number;
  /** Entries that give a root that was signed. */
  readonly proven: number;
}

interface LogCheckDeps {
  readonly reader: Reader;
  readonly log: TrustedLog;
  readonly list: DiscrepancyList;
}

export async function checkLog(
  { reader, log, list }: LogCheckDeps,
  witnessed: readonly WitnessedHead[],
): Promise<CheckedLog> {
  // In this order: a head is signed after its entries are stored, and more may come while this reads.
  const newest = await newestHeadSize(reader);
  const stored = await logEndOf(reader);
  const heads = createHeadCheck({ log, list });
  const outside = createWitnessCheck(witnessed, list);
  const waiting = checkpointsUpTo(reader, newest);
  let next = await waiting.next();
  let tree = emptyFrontier;
  const compare = async (): Promise<void> => {
    outside.at(tree);
    for (; !next.done && next.value.size <= tree.size; next = await waiting.next()) {
      heads.at(next.value, tree);
    }
  };
  await compare();
  let end = 0;
  for await (const entry of logBefore(reader, stored)) {
    const verdict = checkEntry(entry, end, newest);
    for (const found of verdict.found) list.add(found);
    if (!verdict.isWhole) {
      heads.lose();
      outside.lose();
    }
    end = verdict.end;
    if (verdict.leafHash === undefined) continue;
    tree = append(tree, verdict.leafHash);
    await compare();
  }
  for (; !next.done; next = await waiting.next()) heads.beyond(next.value);
  outside.beyond(end);
  return { size: end, root: rootOfFrontier(tree).toString("hex"), ...heads.end(end) };
}

interface EntryVerdict {
  readonly found: readonly Discrepancy[];
  /** Whether the tree is still that of the log. */
  readonly isWhole: boolean;
  /** The next place of the log. */
  readonly end: number;
  /** Absent: the entry is none of the log. */
  readonly leafHash?: Hash;
}

/** `expected`: the next place of the log; `newest`: entries that the newest head covers. */
function checkEntry(
  { logIndex, leafHash: text }: Entry,
  expected: number,
  newest: number,
): EntryVerdict {
  if (logIndex < expected) {
    const found = [faultAt(logIndex, "entry_unexpected", "more than one entry at this place")];
    return { found, isWhole: logIndex >= newest, end: expected };
  }
  // Beyond what was signed nothing shows that there ever were entries in between.
  const gapEnd = Math.max(expected, Math.min(logIndex, newest));
  const gap = gapEnd > expected ? [missing(expected, gapEnd)] : [];
  const isWhole = gap.length === 0;
  if (logIndex > gapEnd) {
    const apart = faultAt(logIndex, "entry_unexpected", "it does not follow on the one before");
    return { found: [...gap, apart], isWhole, end: gapEnd };
  }
  const end = logIndex + 1;
  if (isHashText(text)) return { found: gap, isWhole, end, leafHash: Buffer.from(text, "hex") };
  const found = [...gap, faultAt(logIndex, "entry_altered", "not a hash")];
  return { found, isWhole: false, end, leafHash: emptyRoot };
}

const isHashText = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

const missing = (from: number, to: number): Discrepancy => ({
  kind: "entry_missing",
  table: "ledger_entries",
  from,
  to,
  detail: "no entry at this place of the log",
});

const faultAt = (
  index: number,
  kind: "entry_unexpected" | "entry_altered",
  detail: string,
): Discrepancy => ({ kind, table: "ledger_entries", from: index, to: index + 1, detail });

function createWitnessCheck(witnessed: readonly WitnessedHead[], list: DiscrepancyList) {
  const bySize = grouped(witnessed, ({ size }) => size);
  let isWhole = true;
  const note = (kind: Discrepancy["kind"], from: number, to: number, detail: string): void => {
    list.add({ kind, table: "ledger_entries", from, to, detail });
  };
  return {
    lose: (): void => {
      isWhole = false;
    },
    at: (tree: Frontier): void => {
      const held = isWhole ? bySize.get(tree.size) : undefined;
      if (held === undefined) return;
      const own = rootOfFrontier(tree).toString("hex");
      for (const { size, root, witness } of held) {
        if (root !== own) note("log_forked", 0, size, `${witness} holds another head of this size`);
      }
    },
    beyond: (size: number): void => {
      for (const head of witnessed) {
        if (head.size <= size) continue;
        const detail = `${head.witness} holds a head of more entries: the newest are gone`;
        note("log_shortened", size, head.size, detail);
      }
    },
  };
}
