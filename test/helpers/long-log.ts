/** One chain with a link, an entry and a signed head for every statement: many of each in little time. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { countsOf } from "../../ingest/clickhouse/ledger-chains.ts";
import { formatCheckpoint } from "../../ingest/ledger/checkpoint.ts";
import { numberLine } from "../../ingest/ledger/checkpoint-number.ts";
import { leafText, rowHash } from "../../ingest/ledger/leaf.ts";
import { emptyChain, type LedgerRecord, recordHash } from "../../ingest/ledger/ledger-record.ts";
import { rootOfData } from "../../ingest/ledger/merkle.ts";
import { append, emptyFrontier, rootOfFrontier } from "../../ingest/ledger/merkle-frontier.ts";
import { signNote } from "../../ingest/ledger/signed-note.ts";
import { statementLeaf } from "../../ingest/ledger/statement.ts";
import { frontierText } from "../../ingest/notary/log-state.ts";
import { soon } from "./audit-store.ts";
import { testMac, testSigner } from "./ledger.ts";

const source = "service:long";
const at = Date.UTC(2026, 0, 31);

/** Offsets, links, entries and heads, each from 0 to `length` - 1; a head covers one entry more than the one before. */
export async function writeLongLog({ writer }: Store, length: number): Promise<void> {
  const deadline = soon();
  const records: LedgerRecord[] = [];
  const actions: string[] = [];
  let previous = emptyChain.hash;
  for (let offset = 0; offset < length; offset += 1) {
    const own = JSON.stringify([`alert-${offset}`, 1, "resolved", "benign", "", "ann", at]).slice(
      1,
      -1,
    );
    actions.push(`[${own},"${source}",0,${offset},${deadline}]`);
    const leaf = statementLeaf(offset, { table: "alert_actions", hash: rowHash(own), deadline });
    const place = { source, partition: 0, sequence: offset, start: offset, end: offset + 1 };
    const root = rootOfData([leafText(leaf)]).toString("hex");
    const record = { ...place, counts: countsOf([leaf]), root, previous, recordedAt: at + offset };
    previous = recordHash(record);
    records.push(record);
  }
  const insert = (table: string, columns: string, lines: readonly string[]) =>
    writer.insert({ table, columns: columns.split(" "), lines: lines.join("\n") });
  await insert(
    "alert_actions",
    "alert_id sequence status disposition note principal at source partition offset deadline",
    actions,
  );
  await insert(
    "ledger",
    "source partition sequence start_offset end_offset outcomes events dead_letters exposures" +
      " identities root previous mac recorded_at deadline",
    records.map((record) => linkLine(record, deadline)),
  );
  await insert(
    "ledger_entries",
    "log_index source partition sequence leaf_hash recorded_at deadline",
    records.map((record, index) =>
      JSON.stringify([index, source, 0, index, recordHash(record), record.recordedAt, deadline]),
    ),
  );
  await insert(
    "checkpoints",
    "tree_size root note frontier signed_at deadline",
    headLines(records, deadline),
  );
}

function linkLine(record: LedgerRecord, deadline: number): string {
  const { sequence, start, end, counts, root, previous, recordedAt } = record;
  const { outcomes, events, deadLetters, exposures, identities } = counts;
  const numbers = [outcomes, events, deadLetters, exposures, identities];
  const texts = [root, previous, testMac.macOf(record)];
  return JSON.stringify([
    source,
    0,
    sequence,
    start,
    end,
    ...numbers,
    ...texts,
    recordedAt,
    deadline,
  ]);
}

function headLines(records: readonly LedgerRecord[], deadline: number): readonly string[] {
  let tree = emptyFrontier;
  return records.map((record, number) => {
    tree = append(tree, Buffer.from(recordHash(record), "hex"));
    const root = rootOfFrontier(tree);
    const { name: origin } = testSigner.verifierKey;
    const extensions = [numberLine(number)];
    const text = formatCheckpoint({ origin, size: tree.size, root, extensions });
    const note = signNote(text, testSigner);
    const frontier = frontierText(tree);
    return JSON.stringify([tree.size, root.toString("hex"), note, frontier, at, deadline]);
  });
}
