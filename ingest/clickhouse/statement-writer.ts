/**
 * Statements of the service into their tables and their chain: one row and one link each, in turn.
 *
 * After an error nobody knows whether the row is there. Its chain is then left alone until the row's deadline has
 * passed, later statements go to a chain of their own, and what the row left is committed to as it is stored.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { rowHash } from "../ledger/leaf.ts";
import {
  type StatementWriter,
  statementColumns,
  statementLeaf,
  statementSource,
  statementTables,
} from "../ledger/statement.ts";
import { type Clock, clockSkewMsMax } from "../runtime/clock.ts";
import { epochMs } from "../vocabulary/brand.ts";
import type { Writer } from "./client.ts";
import { defineQuery } from "./define-query.ts";
import { fields, positionColumns } from "./event-rows.ts";
import type { LedgerChains } from "./ledger-chains.ts";
import { readLeaves } from "./stored-records.ts";

interface StatementWriterDeps {
  readonly writer: Pick<Writer, "query" | "insert">;
  /** Absent where the master key is not at hand: a later process then commits to the statements. */
  readonly chains: LedgerChains | undefined;
  readonly clock: Clock;
}

/** The store refuses a statement that arrives later. Milliseconds. */
const writeMsMax = 15_000;
/** Chains with orphans that are looked at in one go. */
const orphansMax = 1_000;

/** Statements behind the last link of their chain, of a time when nothing of them can still arrive. */
const orphans = defineQuery({
  name: "statements.orphans",
  sql: `SELECT stored.source AS source, max(stored.next_offset) AS end
    FROM (${statementTables
      .map(
        (table) => `SELECT source, max(offset) + 1 AS next_offset, max(deadline) AS last_deadline
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
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    append: (table, values) =>
      inTurn(async () => {
        const { source, offset } = place;
        // Whatever happens now: nothing else is ever written to this place.
        place = { source: statementSource(randomUUID()), offset: 0 };
        await appendOne(deps, { table, values, source, offset });
        place = { source, offset: offset + 1 };
      }),
    coverOrphans: () => inTurn(() => coverOrphans(deps)),
  };
}

interface PlacedStatement {
  readonly table: keyof typeof statementColumns;
  readonly values: readonly unknown[];
  readonly source: string;
  readonly offset: number;
}

const partition = 0;

async function appendOne(
  { writer, chains, clock }: StatementWriterDeps,
  { table, values, source, offset }: PlacedStatement,
): Promise<void> {
  const deadline = epochMs(clock.now() + writeMsMax);
  const own = fields(values);
  await writer.insert({
    table,
    columns: [...statementColumns[table], ...positionColumns],
    lines: `[${own},${JSON.stringify(source)},${partition},${offset},${deadline}]`,
  });
  const leaf = statementLeaf(offset, { table, hash: rowHash(own), deadline });
  const range = { source, partition, start: offset, end: offset + 1 };
  await chains?.append({ range, leaves: [leaf], deadline });
}

async function coverOrphans({ writer, chains, clock }: StatementWriterDeps): Promise<void> {
  if (chains === undefined) return;
  const before = clock.now() - clockSkewMsMax;
  for (const { source, end } of await orphans(writer, { before, limit: orphansMax })) {
    const head = await chains.head({ source, partition });
    const range = { source, partition, start: head.end, end };
    const deadline = epochMs(clock.now() + writeMsMax);
    await chains.appendMissing({ range, leaves: await readLeaves(writer, range), deadline });
  }
}
