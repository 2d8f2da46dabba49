/** Retirements as they were put down. */
import { z } from "zod";
import { type Retirement, sparedIn } from "../ledger/retirement.ts";
import { defineQuery } from "./define-query.ts";
import { sealedRow } from "./stored-record-queries.ts";

/** By name; one that was put down again comes twice. `place` and `own`: the row, for its MAC. */
export const retirementsNamed = defineQuery({
  name: "retirements.named",
  sql: `SELECT retirement, table_name, retired_source, retired_partition, first_offset, last_offset,
      leaves, spared, source, partition, offset,
      ${sealedRow("retirements")} AS own
    FROM retirements WHERE retirement IN {names:Array(String)}
    ORDER BY retirement, source, partition, offset`,
  params: z.object({ names: z.array(z.string()) }),
  row: z
    .object({
      retirement: z.string(),
      table_name: z.string(),
      retired_source: z.string(),
      retired_partition: z.number().int(),
      first_offset: z.number().int(),
      last_offset: z.number().int(),
      leaves: z.number().int(),
      spared: z.string(),
      source: z.string(),
      partition: z.number().int(),
      offset: z.number().int(),
      own: z.array(z.unknown()),
    })
    .transform((row) => {
      const stated: Retirement = {
        retirement: row.retirement,
        table: row.table_name,
        source: row.retired_source,
        partition: row.retired_partition,
        firstOffset: row.first_offset,
        lastOffset: row.last_offset,
        leaves: row.leaves,
      };
      const { source, partition, offset, own } = row;
      return { stated, spared: sparedIn(row.spared), place: { source, partition, offset }, own };
    }),
});
