/** What stays in the place of removed rows, and the removal. */
import { z } from "zod";
import type { Writer } from "../clickhouse/client.ts";
import { defineQuery } from "../clickhouse/define-query.ts";
import { positionColumns } from "../clickhouse/event-rows.ts";
import { StoreError } from "../clickhouse/store-error.ts";
import type { BodyTable } from "../clickhouse/stored-record-queries.ts";
import type { RetiredLine, Retirement } from "../ledger/retirement.ts";
import type { EpochMs } from "../vocabulary/brand.ts";

const leafCount = defineQuery({
  name: "retired_leaves.count",
  sql: `SELECT count() AS leaf_count FROM retired_leaves
    WHERE source = {source:String} AND partition = {partition:UInt32}
      AND offset >= {first:UInt64} AND offset <= {last:UInt64} AND retirement = {name:String}`,
  params: z.object({
    source: z.string(),
    partition: z.number().int(),
    first: z.number().int(),
    last: z.number().int(),
    name: z.string(),
  }),
  row: z.object({ leaf_count: z.number().int() }),
});

/**
 * Returns once every leaf is read back, each once: an acknowledged insert alone could be one that a token on
 * record answered. Throws `store.uncovered_range` when that cannot be had.
 */
export async function keepLeaves(
  writer: Writer,
  retirement: Retirement,
  { lines, deadline }: { readonly lines: readonly RetiredLine[]; readonly deadline: EpochMs },
): Promise<void> {
  const { retirement: name, source, partition } = retirement;
  const token = `retired_leaves:${name}:`;
  await writer.settle(token);
  const stored = async (): Promise<number> => {
    const { firstOffset: first, lastOffset: last } = retirement;
    const [found] = await leafCount(writer, { source, partition, first, last, name });
    return found?.leaf_count ?? 0;
  };
  const place = `${JSON.stringify(source)},${partition}`;
  const insertion = {
    table: "retired_leaves",
    columns: ["retirement", "leaf", ...positionColumns],
    lines: lines
      .map(
        ({ offset, text }) => `["${name}",${JSON.stringify(text)},${place},${offset},${deadline}]`,
      )
      .join("\n"),
  };
  if ((await stored()) === 0) await writer.insert({ ...insertion, queryId: token, token });
  if ((await stored()) === 0) await writer.insert({ ...insertion, queryId: `${token}missing` });
  if ((await stored()) === lines.length) return;
  throw new StoreError("store.uncovered_range", "retired leaves are not there once each");
}

/** Several retirements of one table, of whatever chains. */
export interface Removal {
  readonly table: BodyTable;
  readonly retirements: readonly Retirement[];
}

/**
 * Removes the rows whose leaves were kept; returns when no part holds them any more. Exposures first: without
 * their access nobody could tell whether they are the right ones.
 */
export async function removeRows(
  { command }: Pick<Writer, "command">,
  { table, retirements }: Removal,
): Promise<void> {
  const params = {
    sources: [...new Set(retirements.map(({ source }) => source))],
    names: retirements.map(({ retirement }) => retirement),
  };
  const tables = table === "access_events" ? ["exposures", table] : [table];
  for (const own of tables) await command(removalOf(own), params);
}

const removalOf = (table: string): string => `ALTER TABLE ${table} DELETE
  WHERE source IN {sources:Array(String)} AND (source, partition, offset) IN (
    SELECT source, partition, offset FROM retired_leaves
    WHERE source IN {sources:Array(String)} AND retirement IN {names:Array(String)})
  SETTINGS mutations_sync = 2`;
