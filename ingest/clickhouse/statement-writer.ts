/**
 * Statements of the service into their tables and their chain, in turn: those that are put down together have one link.
 *
 * After an error nobody knows whether the row is there. Its chain is then left alone until the row's deadline has
 * passed, later statements go to a chain of their own, and what the row left is committed to as it is stored, if
 * its MAC says that a holder of the master key wrote it.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Leaf, rowHash } from "../ledger/leaf.ts";
import {
  committedStatement,
  isStatementTable,
  type StatementPlace,
  type StatementTable,
  type StatementWriter,
  statementColumns,
  statementLeaf,
  statementSource,
  statementsAtOnceMax,
  statementTables,
} from "../ledger/statement.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import type { Range } from "../pipeline/audit-store.ts";
import { type Clock, clockSkewMsMax } from "../runtime/clock.ts";
import { epochMs } from "../vocabulary/brand.ts";
import type { Writer } from "./client.ts";
import { defineQuery } from "./define-query.ts";
import { fields, positionColumns } from "./event-rows.ts";
import type { LedgerChains } from "./ledger-chains.ts";
import { readStoredRecords, type StoredBody } from "./stored-records.ts";

interface StatementWriterDeps {
  readonly writer: Pick<Writer, "query" | "insert">;
  readonly chains: LedgerChains;
  readonly mac: StatementMac;
  readonly clock: Clock;
}

/** The store refuses a statement that arrives later. Milliseconds. */
const writeMsMax = 15_000;
/** Chains with orphans that are looked at in one go. */
const orphansMax = 1_000;
/** Statements of one chain that get their link in one go; a writer leaves at most those of one append. */
const orphansPerChainMax = statementsAtOnceMax;
/** Largest offset that is told from its neighbours; none of a writer comes near it. */
const offsetMax = Number.MAX_SAFE_INTEGER - 1;

/** Statements behind the last link of their chain, of a time when nothing of them can still arrive. */
const orphans = defineQuery({
  name: "statements.orphans",
  sql: `SELECT stored.source AS source, max(stored.next_offset) AS end
    FROM (${statementTables
      .map(
        (
          table,
        ) => `SELECT source, least(max(offset), ${offsetMax}) + 1 AS next_offset, max(deadline) AS last_deadline
      FROM ${table} WHERE startsWith(source, 'service:') GROUP BY source`,
      )
      .join(" UNION ALL ")}) AS stored
    LEFT JOIN (SELECT source, max(end_offset) AS chain_end FROM ledger GROUP BY source) AS chains
    ON stored.source = chains.source
    GROUP BY source
    HAVING end > max(chain_end) AND max(last_deadline) < fromUnixTimestamp64Milli({before:Int64})
    ORDER BY source LIMIT {limit:UInt32}`,
  params: z.object({ before: z.number().int(), limit: z.number().int() }),
  row: z.object({ source: z.string(), end: z.number().int() }),
});

export function createStatementWriter(deps: StatementWriterDeps): StatementWriter {
  let last: Promise<unknown> = Promise.resolve();
  let place = { source: statementSource(randomUUID()), offset: 0 };
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  const appendAll: StatementWriter["appendAll"] = (table, rows) =>
    inTurn(async () => {
      const { source, offset } = place;
      // Whatever happens now: nothing else is ever written to this place.
      place = { source: statementSource(randomUUID()), offset: 0 };
      await appendAt(deps, { table, rows, source, offset });
      place = { source, offset: offset + rows.length };
    });
  return {
    append: (table, values) => appendAll(table, [values]),
    appendAll,
    coverOrphans: () => inTurn(() => coverOrphans(deps)),
  };
}

interface PlacedStatements extends StatementPlace {
  readonly table: StatementTable;
  readonly rows: readonly (readonly unknown[])[];
}

const partition = 0;

async function appendAt(
  { writer, chains, mac, clock }: StatementWriterDeps,
  { table, rows, source, offset: start }: PlacedStatements,
): Promise<void> {
  if (rows.length === 0 || rows.length > statementsAtOnceMax) {
    throw new RangeError(`expected 1 to ${statementsAtOnceMax} statements, not ${rows.length}`);
  }
  const deadline = epochMs(clock.now() + writeMsMax);
  const lines: string[] = [];
  const leaves: Leaf[] = [];
  for (const [at, values] of rows.entries()) {
    const offset = start + at;
    const vouched = mac.macOf(table, { source, offset }, values);
    const place = `${JSON.stringify(source)},${partition},${offset},${deadline}`;
    lines.push(`[${fields([...values, vouched])},${place}]`);
    const committed = fields([...committedStatement(table, values), vouched]);
    leaves.push(statementLeaf(offset, { table, hash: rowHash(committed), deadline }));
  }
  await writer.insert({
    table,
    columns: [...statementColumns[table], "mac", ...positionColumns],
    lines: lines.join("\n"),
  });
  const range = { source, partition, start, end: start + rows.length };
  await chains.append([{ range, leaves, deadline }]);
}

async function coverOrphans(deps: StatementWriterDeps): Promise<number> {
  const { writer, chains, clock } = deps;
  let left = 0;
  const before = clock.now() - clockSkewMsMax;
  for (const { source, end } of await orphans(writer, { before, limit: orphansMax })) {
    const { end: start } = await chains.head({ source, partition });
    let covered = start;
    for (const { from, leaves } of await authenticRuns(deps, { source, partition, start, end })) {
      covered = from + leaves.length;
      const range = { source, partition, start: from, end: covered };
      const deadline = epochMs(clock.now() + writeMsMax);
      await chains.appendMissing({ range, leaves, deadline });
    }
    if (covered < end) left += 1;
  }
  return left;
}

interface Run {
  readonly from: number;
  readonly leaves: Leaf[];
}

/**
 * Offsets from the start of the range on, up to the first with none but statements that no holder of the key has
 * written. There is a hole where a backup has caught a later statement of the chain and not the earlier one.
 */
async function authenticRuns(
  { writer, mac }: StatementWriterDeps,
  { source, start, end: last }: Range,
): Promise<readonly Run[]> {
  const end = Math.min(last, start + orphansPerChainMax);
  const records = await readStoredRecords(writer, { source, partition, start, end }, true);
  const runs: Run[] = [];
  for (let offset = start; offset < end; offset += 1) {
    const { bodies = [] } = records.get(offset) ?? {};
    const own = bodies.find(
      ({ table, values = [] }) =>
        isStatementTable(table) && mac.isAuthentic(table, { source, offset }, values),
    );
    if (own === undefined && bodies.length > 0) break;
    if (own !== undefined) addTo(runs, offset, own);
  }
  return runs;
}

function addTo(runs: Run[], offset: number, { table, hash, deadline }: StoredBody): void {
  if (!isStatementTable(table)) return;
  const leaf = statementLeaf(offset, { table, hash, deadline });
  const last = runs.at(-1);
  if (last !== undefined && last.from + last.leaves.length === offset) last.leaves.push(leaf);
  else runs.push({ from: offset, leaves: [leaf] });
}
