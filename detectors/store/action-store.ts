/**
 * The analysts' actions on alerts: an append-only history, each row with the whole state after it.
 */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import type { StatementWriter } from "../../ingest/ledger/statement.ts";
import type { AlertId, EpochMs } from "../../ingest/vocabulary/brand.ts";
import { type AlertStatus, alertStatuses, type Disposition, dispositions } from "../alert.ts";

export interface AlertAction {
  readonly alertId: AlertId;
  /** Consecutive from 1 within the alert. */
  readonly sequence: number;
  /** After the action, also when it only added a note. */
  readonly status: AlertStatus;
  readonly disposition: Disposition | null;
  /** Empty: none. */
  readonly note: string;
  /** Who acted: `key:<key id>` or `bootstrap`. */
  readonly principal: string;
  /** When the API took it, by the wall clock. */
  readonly at: EpochMs;
}

/**
 * Appends one action, as part of the ledger. Two writers that pick the same `sequence` would both be stored:
 * whoever calls holds the alert's turn first.
 */
export async function storeAction(
  statements: Pick<StatementWriter, "append">,
  { alertId, sequence, status, disposition, note, principal, at }: AlertAction,
): Promise<void> {
  const values = [alertId, sequence, status, disposition ?? "", note, principal, at];
  await statements.append("alert_actions", values);
}

const history = defineQuery({
  name: "alert_actions.history",
  sql: `SELECT sequence, status, disposition, note, principal, toUnixTimestamp64Milli(at) AS at
FROM alert_actions WHERE alert_id = {id:String} ORDER BY sequence LIMIT {limit:UInt32}`,
  params: z.object({ id: z.string(), limit: z.number() }),
  row: z.object({
    sequence: z.coerce.number(),
    status: z.enum(alertStatuses),
    disposition: z
      .union([z.literal(""), z.enum(dispositions)])
      .transform((value) => (value === "" ? null : value)),
    note: z.string(),
    principal: z.string(),
    at: z.coerce.number(),
  }),
});

/** The first `limit` actions on an alert, oldest first. */
export const listActions = (reader: Reader, id: AlertId, limit: number) =>
  history(reader, { id, limit });
