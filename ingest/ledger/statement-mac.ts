/**
 * Who put a retirement or a legal hold down. Such a row lets rows be removed, so it counts only with the MAC in
 * its last column; that a link covers it is not enough, for a link follows every row that seems left behind.
 */
import type { KeyRing } from "../pipeline/key.ts";
import type { StatementTable } from "./statement.ts";
import { createTextMac } from "./text-mac.ts";

export interface StatementMac {
  /** The values with their MAC as the last one. Times are epoch milliseconds. */
  readonly sealed: (table: StatementTable, values: readonly unknown[]) => readonly unknown[];
  /** `row`: as `sealed` gave it and the store gives it back. */
  readonly isAuthentic: (table: StatementTable, row: readonly unknown[]) => boolean;
}

/** `keys`: the current master key first, older ones after it. */
export function createStatementMac(keys: KeyRing): StatementMac {
  const mac = createTextMac(keys, "ledger statements");
  const textOf = (table: StatementTable, values: readonly unknown[]): string =>
    JSON.stringify([table, ...values]);
  return {
    sealed: (table, values) => [...values, mac.macOf(textOf(table, values))],
    isAuthentic: (table, row) =>
      mac.isAuthentic(textOf(table, row.slice(0, -1)), String(row.at(-1))),
  };
}
