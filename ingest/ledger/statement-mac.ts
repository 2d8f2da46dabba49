/**
 * Who put a statement down: only holders of the master key can. A link follows every row that seems left behind by
 * a failed process, but only with this; a retirement, the release of a hold and an API key count only with it.
 */
import type { KeyRing } from "../pipeline/key.ts";
import { committedStatement, type StatementPlace, type StatementTable } from "./statement.ts";
import { createTextMac } from "./text-mac.ts";

export interface StatementMac {
  /** For the column `mac`. `values`: of the table's own columns, times as epoch milliseconds. */
  readonly macOf: (
    table: StatementTable,
    place: StatementPlace,
    values: readonly unknown[],
  ) => string;
  /** `row`: the values as the store gives them back, the MAC behind them. */
  readonly isAuthentic: (
    table: StatementTable,
    place: StatementPlace,
    row: readonly unknown[],
  ) => boolean;
}

/** `keys`: the current master key first, older ones after it. The place is part of it: a copy elsewhere is none. */
export function createStatementMac(keys: KeyRing): StatementMac {
  const mac = createTextMac(keys, "ledger statements");
  const textOf = (
    table: StatementTable,
    { source, offset }: StatementPlace,
    values: readonly unknown[],
  ): string => JSON.stringify([table, source, offset, ...committedStatement(table, values)]);
  return {
    macOf: (table, place, values) => mac.macOf(textOf(table, place, values)),
    isAuthentic: (table, place, row) =>
      mac.isAuthentic(textOf(table, place, row.slice(0, -1)), String(row.at(-1))),
  };
}
