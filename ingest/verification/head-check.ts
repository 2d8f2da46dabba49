/** Whether the signed heads are all there, each as it was signed, and whether the entries give their roots. */
import type { StoredCheckpoint } from "../clickhouse/ledger-log.ts";
import { openCheckpoint, type TrustedLog } from "../ledger/checkpoint.ts";
import { numberIn } from "../ledger/checkpoint-number.ts";
import { type Frontier, isFrontier, rootOfFrontier } from "../ledger/merkle-frontier.ts";
import { frontierText, hashesIn } from "../notary/log-state.ts";
import type { Discrepancy, DiscrepancyList } from "./discrepancy.ts";
import { createHeadCount } from "./head-count.ts";

export interface HeadCheck {
  /** A head of as many entries as the tree has, or of fewer where it was asked too late. */
  readonly at: (head: StoredCheckpoint, tree: Frontier) => void;
  /** A head of more entries than there are. */
  readonly beyond: (head: StoredCheckpoint) => void;
  /** From here on no root can be compared. */
  readonly lose: () => void;
  /** After the last head, with the place behind the last entry. */
  readonly end: (logEnd: number) => HeadSummary;
}

export interface HeadSummary {
  readonly checkpoints: number;
  /** Entries that a head covers, by its row or its note. */
  readonly signed: number;
  /** Entries that give a root that was signed. */
  readonly proven: number;
}

interface HeadCheckDeps {
  readonly log: TrustedLog;
  readonly list: DiscrepancyList;
}

export function createHeadCheck({ log, list }: HeadCheckDeps): HeadCheck {
  const count = createHeadCount(list);
  let checkpoints = 0;
  let signed = 0;
  let proven = 0;
  let farthest = 0;
  let isRight = true;
  /** Hex root that was signed; `undefined`: the row is not what was signed. */
  const signedRoot = (head: StoredCheckpoint): string | undefined => {
    const read = readHead(head, log);
    checkpoints += 1;
    signed = Math.max(signed, head.size, read.size);
    if (read.problem !== undefined) list.add(altered(head, read.problem));
    if (read.number === undefined) count.unreadable(head.size);
    else count.met(read.number, read.size);
    return read.root;
  };
  return {
    at: (head, tree) => {
      const root = signedRoot(head);
      if (root === undefined || !isRight) return;
      if (head.size === tree.size && rootOfFrontier(tree).toString("hex") === root) {
        proven = head.size;
        return;
      }
      isRight = false;
      list.add(differs(proven, head.size));
    },
    beyond: (head) => {
      if (signedRoot(head) !== undefined) farthest = Math.max(farthest, head.size);
    },
    lose: () => {
      isRight = false;
    },
    end: (logEnd) => {
      count.end();
      if (farthest > logEnd) list.add(entriesGone(logEnd, farthest));
      return { checkpoints, signed, proven };
    },
  };
}

interface ReadHead {
  /** Entries that its note says it covers. */
  readonly size: number;
  /** Absent where the note is not one of ours. */
  readonly number?: number;
  /** Absent where the row does not say what was signed. */
  readonly root?: string;
  readonly problem?: string | undefined;
}

function readHead(head: StoredCheckpoint, log: TrustedLog): ReadHead {
  const opened = openCheckpoint(head.note, log);
  if (opened.kind === "refused")
    return { size: 0, problem: `its note is refused: ${opened.reason}` };
  const { size, root, extensions } = opened.checkpoint;
  const number = numberIn(extensions);
  if (number === undefined) return { size, problem: "its note has no number" };
  if (size !== head.size || root.toString("hex") !== head.root) {
    return { size, number, problem: "the row and its signed note differ" };
  }
  return { size, number, root: head.root, problem: problemOf(head, opened) };
}

interface SignedText {
  readonly text: string;
  readonly signatures: readonly { readonly line: string }[];
}

/** What is wrong with a row whose size and root were signed. */
function problemOf(head: StoredCheckpoint, { text, signatures }: SignedText): string | undefined {
  if (head.note !== `${text}\n${signatures[0]?.line ?? ""}`) {
    return "there is more in its note than was signed";
  }
  return isFrontierOf(head) ? undefined : "its frontier is not that of its root";
}

function isFrontierOf({ size, root, frontier }: StoredCheckpoint): boolean {
  const tree = { size, hashes: hashesIn(frontier) };
  return (
    frontierText(tree) === frontier &&
    isFrontier(tree) &&
    rootOfFrontier(tree).toString("hex") === root
  );
}

const altered = ({ size }: StoredCheckpoint, detail: string): Discrepancy => ({
  kind: "checkpoint_altered",
  table: "checkpoints",
  from: size,
  to: size + 1,
  detail,
});

/** Only the first root that differs is told: all later ones then differ as well. */
const differs = (from: number, to: number): Discrepancy => ({
  kind: "root_differs",
  table: "ledger_entries",
  from,
  to,
  detail: "these entries do not give the root that was signed",
});

const entriesGone = (from: number, to: number): Discrepancy => ({
  kind: "entry_missing",
  table: "ledger_entries",
  from,
  to,
  detail: "a head of more entries was signed",
});
