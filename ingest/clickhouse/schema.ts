/** The schema as the database describes it, for review and comparison. */
import { z } from "zod";
import { defineQuery, type Reader } from "./define-query.ts";

const tables = defineQuery({
  name: "system.tables",
  sql: `SELECT name, formatQuery(create_table_query) AS definition FROM system.tables
    WHERE database = currentDatabase() ORDER BY name`,
  params: z.object({}),
  row: z.object({ name: z.string(), definition: z.string() }),
});

/** One formatted CREATE statement per table, sorted by name, ending in a line break. */
export async function schemaOf(reader: Reader): Promise<string> {
  const rows = await tables(reader, {});
  return `${rows.map(({ definition }) => `${definition};`).join("\n\n")}\n`;
}
