/**
 * The analysts' verdicts as the ledger has them, by the place of their statement: how detection learns of them, and
 * reads them again when it scores again.
 */
import { z } from "zod";
import { sealedRow } from "../../ingest/clickhouse/stored-record-queries.ts";
import { dispositions } from "../alert.ts";
import type { Verdict } from "../verdict.ts";
import { createStatementLog, type StatementLog, type StatementReader } from "./statement-log.ts";

export const createVerdictLog = (deps: StatementReader): StatementLog<Verdict> =>
  createStatementLog(deps, { table: "alert_actions", columns, row });

const columns = `alert_id, disposition, toUnixTimestamp64Milli(at) AS at_ms, toString(source) AS chain,
      offset, ${sealedRow("alert_actions")} AS own`;

const row = z
  .object({
    alert_id: z.string(),
    disposition: z
      .union([z.literal(""), z.enum(dispositions)])
      .catch("")
      .transform((text) => (text === "" ? null : text)),
    at_ms: z.number(),
    chain: z.string(),
    offset: z.number().int(),
    own: z.array(z.unknown()),
  })
  .transform(({ alert_id: alertId, disposition, at_ms: at, chain: source, offset, own }) => {
    const input: Verdict = { kind: "verdict", alertId, disposition };
    return { placed: { source, offset, at, input }, own };
  });
