/**
 * A query is SQL with bound parameters beside the shape of its parameters and of its rows.
 */
import type { z } from "zod";
import { StoreError } from "./store-error.ts";

/** Bound as `{name:Type}` in the SQL. Times: epoch ms as Int64 and `fromUnixTimestamp64Milli`. */
export type QueryParams = Readonly<Record<string, unknown>>;

export interface Reader {
  /** Rows as parsed JSON, 64-bit integers as numbers. `sql` has no FORMAT and no SETTINGS clause. */
  readonly query: (sql: string, params: QueryParams) => Promise<readonly unknown[]>;
}

export interface QueryDefinition<Params extends z.ZodType<QueryParams>, Row extends z.ZodType> {
  /** `table.purpose`, for errors. */
  readonly name: string;
  /** Named columns, parameters as `{name:Type}`; neither FORMAT nor SETTINGS. */
  readonly sql: string;
  readonly params: Params;
  readonly row: Row;
}

export type Query<Params, Row> = (reader: Reader, params: Params) => Promise<readonly Row[]>;

/**
 * Makes the query callable. A row that does not have the promised shape is a bug or foreign data and throws
 * `store.row_shape`, naming the column but never its value; parameters that do not fit throw a ZodError.
 */
export function defineQuery<Params extends z.ZodType<QueryParams>, Row extends z.ZodType>(
  definition: QueryDefinition<Params, Row>,
): Query<z.input<Params>, z.output<Row>> {
  const rows = definition.row.array();
  return async (reader, params) => {
    const found = await reader.query(definition.sql, definition.params.parse(params));
    const parsed = rows.safeParse(found);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const place = issue === undefined ? "" : `${issue.path.join(".")} (${issue.code})`;
    throw new StoreError("store.row_shape", `${definition.name}: unexpected row at ${place}`);
  };
}
