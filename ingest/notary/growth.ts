/** The proof that the log only grew since a size that a witness holds, from what is stored. */
import type { Reader } from "../clickhouse/define-query.ts";
import { checkpointsFrom, entriesFrom } from "../clickhouse/ledger-log.ts";
import { append, emptyFrontier, type Frontier, isFrontier } from "../ledger/merkle-frontier.ts";
import { consistencyProofFrom } from "../ledger/merkle-proof.ts";
import type { Growth } from "../ledger/witnesses/witness.ts";
import { hashesIn } from "./log-state.ts";

const entriesPerPage = 50_000;

/** Reads the entries in between, and those before only where no head of the old size is stored. */
export async function growthFrom(reader: Reader, oldSize: number, size: number): Promise<Growth> {
  if (oldSize === 0 || oldSize >= size) return { oldSize, proof: [] };
  const old = await frontierAt(reader, oldSize);
  const leaves: Buffer[] = [];
  for await (const leaf of leavesOf(reader, oldSize, size)) leaves.push(leaf);
  return { oldSize, proof: consistencyProofFrom(old, leaves) };
}

async function frontierAt(reader: Reader, size: number): Promise<Frontier> {
  const [head] = await checkpointsFrom(reader, { from: size, limit: 1 });
  const tree = { size, hashes: hashesIn(head?.size === size ? head.frontier : "") };
  if (isFrontier(tree)) return tree;
  let grown = emptyFrontier;
  for await (const leaf of leavesOf(reader, 0, size)) grown = append(grown, leaf);
  return grown;
}

async function* leavesOf(reader: Reader, start: number, end: number): AsyncGenerator<Buffer> {
  for (let from = start; from < end; from += entriesPerPage) {
    const page = { from, to: Math.min(end, from + entriesPerPage) };
    for (const { leafHash } of await entriesFrom(reader, page)) yield Buffer.from(leafHash, "hex");
  }
}
