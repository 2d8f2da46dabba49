/**
 * Whether the log is the one whose heads were signed: its entries give the root of every signed head, the heads
 * follow on one another, and every head that a witness holds lies on the way.
 */
import type { Reader } from "../clickhouse/define-query.ts";
import {
  checkpointsFrom,
  entriesFrom,
  logSize,
  type StoredCheckpoint,
} from "../clickhouse/ledger-log.ts";
import { openCheckpoint, type TrustedLog } from "../ledger/checkpoint.ts";
import { numberIn } from "../ledger/checkpoint-number.ts";
import { append, emptyFrontier, type Frontier, rootOfFrontier } from "../ledger/merkle-frontier.ts";
import { frontierText } from "../notary/log-state.ts";
import type { Discrepancy, DiscrepancyList } from "./discrepancy.ts";

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
}

interface LogCheckDeps {
  readonly reader: Reader;
  readonly log: TrustedLog;
  readonly list: DiscrepancyList;
}

const entriesPerPage = 50_000;
const checkpointsPerPage = 1_000;

export async function checkLog(
  { reader, log, list }: LogCheckDeps,
  witnessed: readonly WitnessedHead[],
): Promise<CheckedLog> {
  const [size = { next_index: 0 }] = await logSize(reader, {});
  const heads = createHeadCheck({ log, list });
  const outside = createWitnessCheck(witnessed, list);
  const waiting = checkpointsOf(reader);
  let next = await waiting.next();
  let tree = emptyFrontier;
  const compare = async (): Promise<void> => {
    outside.at(tree);
    for (; !next.done && next.value.size <= tree.size; next = await waiting.next()) {
      heads.at(next.value, tree);
    }
  };
  await compare();
  const onHole = (found: Discrepancy): void => {
    list.add(found);
    heads.lose();
    outside.lose();
  };
  for await (const leafHash of entriesOf(reader, size.next_index, onHole)) {
    tree = append(tree, leafHash);
    await compare();
  }
  for (; !next.done; next = await waiting.next()) heads.beyond(next.value, tree.size);
  outside.beyond(tree.size);
  const { checkpoints, signed } = heads.summary();
  return { size: tree.size, root: rootOfFrontier(tree).toString("hex"), checkpoints, signed };
}

async function* checkpointsOf(reader: Reader): AsyncGenerator<StoredCheckpoint, undefined> {
  let from = 0;
  for (;;) {
    const page = await checkpointsFrom(reader, { from, limit: checkpointsPerPage });
    const last = page.at(-1);
    if (last === undefined) return undefined;
    const isWhole = page.length < checkpointsPerPage;
    // A size may stand there more than once: what is left of the last one comes with the next page.
    yield* isWhole || page[0]?.size === last.size
      ? page
      : page.filter(({ size }) => size < last.size);
    if (isWhole) return undefined;
    from = page[0]?.size === last.size ? last.size + 1 : last.size;
  }
}

/** Leaf hashes in order of the log. After a hole or a double no root can be right any more. */
async function* entriesOf(
  reader: Reader,
  end: number,
  onHole: (found: Discrepancy) => void,
): AsyncGenerator<Buffer> {
  let expected = 0;
  for (let from = 0; from < end; from += entriesPerPage) {
    const page = await entriesFrom(reader, { from, to: Math.min(end, from + entriesPerPage) });
    for (const { logIndex, leafHash } of page) {
      if (logIndex > expected) onHole(missing(expected, logIndex));
      if (logIndex < expected) {
        onHole(doubled(logIndex));
        continue;
      }
      expected = logIndex + 1;
      yield Buffer.from(leafHash, "hex");
    }
  }
  if (expected < end) onHole(missing(expected, end));
}

const missing = (from: number, to: number): Discrepancy => ({
  kind: "entry_missing",
  table: "ledger_entries",
  from,
  to,
  detail: "no entry at this place of the log",
});

const doubled = (index: number): Discrepancy => ({
  kind: "entry_unexpected",
  table: "ledger_entries",
  from: index,
  to: index + 1,
  detail: "more than one entry at this place of the log",
});

interface HeadCheck {
  readonly at: (head: StoredCheckpoint, tree: Frontier) => void;
  readonly beyond: (head: StoredCheckpoint, size: number) => void;
  /** From here on no root can be compared. */
  readonly lose: () => void;
  readonly summary: () => { readonly checkpoints: number; readonly signed: number };
}

/** Only the first root that differs is told: all later ones then differ as well. */
function createHeadCheck({ log, list }: Omit<LogCheckDeps, "reader">): HeadCheck {
  let checkpoints = 0;
  let signed = 0;
  let isRight = true;
  let number = 0;
  const note = (kind: Discrepancy["kind"], from: number, to: number, detail: string): void => {
    list.add({ kind, table: "checkpoints", from, to, detail });
  };
  /** Root that was signed; `undefined`: the row is not what was signed. */
  const signedRoot = (head: StoredCheckpoint): string | undefined => {
    checkpoints += 1;
    const opened = openCheckpoint(head.note, log);
    if (opened.kind === "refused") {
      note("checkpoint_altered", head.size, head.size + 1, `its note is refused: ${opened.reason}`);
      return undefined;
    }
    const { size, root, extensions } = opened.checkpoint;
    const own = numberIn(extensions);
    if (size !== head.size || root.toString("hex") !== head.root || own === undefined) {
      note("checkpoint_altered", head.size, head.size + 1, "the row and its signed note differ");
      return undefined;
    }
    if (own > number) note("checkpoint_missing", signed, size, "a signed head is not there");
    if (own < number) note("checkpoint_altered", size, size + 1, "a signed head is there twice");
    number = Math.max(number, own + 1);
    return head.root;
  };
  return {
    at: (head, tree) => {
      const root = signedRoot(head);
      if (root === undefined) return;
      const found = rootOfFrontier(tree).toString("hex");
      const isAtSize = head.size === tree.size && found === root;
      if (!isAtSize && isRight) {
        isRight = false;
        const detail = "these entries do not give the root that was signed";
        list.add({
          kind: "root_differs",
          table: "ledger_entries",
          from: signed,
          to: head.size,
          detail,
        });
      }
      if (isRight && head.frontier !== frontierText(tree)) {
        note("checkpoint_altered", head.size, head.size + 1, "its frontier is not that of the log");
      }
      signed = head.size;
    },
    beyond: (head, size) => {
      if (signedRoot(head) === undefined) return;
      if (isRight) note("entry_missing", size, head.size, "a head of more entries was signed");
    },
    lose: () => {
      isRight = false;
    },
    summary: () => ({ checkpoints, signed }),
  };
}

function createWitnessCheck(witnessed: readonly WitnessedHead[], list: DiscrepancyList) {
  let isWhole = true;
  const note = (kind: Discrepancy["kind"], from: number, to: number, detail: string): void => {
    list.add({ kind, table: "ledger_entries", from, to, detail });
  };
  return {
    lose: (): void => {
      isWhole = false;
    },
    at: (tree: Frontier): void => {
      for (const { size, root, witness } of witnessed) {
        if (size !== tree.size || !isWhole) continue;
        const isSame = rootOfFrontier(tree).toString("hex") === root;
        if (!isSame) note("log_forked", 0, size, `${witness} holds another head of this size`);
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
