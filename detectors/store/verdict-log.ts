/**
 * The analysts' verdicts as the ledger has them, by the place of their statement: how detection learns of them, and
 * reads them again when it scores again.
 *
 * A verdict counts only with the service's MAC: whoever may write to the database must not teach detection.
 */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { sealedRow } from "../../ingest/clickhouse/stored-record-queries.ts";
import type { StatementMac } from "../../ingest/ledger/statement-mac.ts";
import { dispositions } from "../alert.ts";
import type { Verdict } from "../verdict.ts";
import {
  afterParams,
  afterValues,
  behind,
  behindCursor,
  type PlacedInput,
  type StatementLog,
} from "./statement-log.ts";

interface VerdictLogDeps {
  readonly reader: Reader;
  readonly mac: Pick<StatementMac, "isAuthentic">;
}

export function createVerdictLog({ reader, mac }: VerdictLogDeps): StatementLog<Verdict> {
  const authentic = (rows: readonly VerdictRow[]): readonly PlacedInput<Verdict>[] =>
    rows
      .filter(({ placed, own }) => mac.isAuthentic("alert_actions", placed, own))
      .map(({ placed }) => placed);
  return {
    page: async (after, limit) => {
      const rows = await verdictsBehind(reader, afterValues(after, limit));
      const places = rows.map(({ placed }) => placed);
      return { placed: authentic(rows), next: behind(places, limit) };
    },
    within: async ({ source, start, end }) => {
      const found = authentic(await verdictsWithin(reader, { source, start, end }));
      return new Map(found.map(({ offset, input }) => [offset, input]));
    },
  };
}

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
    const placed: PlacedInput<Verdict> = { source, offset, at, input };
    return { placed, own };
  });
type VerdictRow = z.output<typeof row>;

const verdictsBehind = defineQuery({
  name: "alert_actions.verdicts_behind",
  sql: `SELECT ${columns} FROM alert_actions WHERE ${behindCursor}`,
  params: afterParams,
  row,
});

const verdictsWithin = defineQuery({
  name: "alert_actions.verdicts_within",
  sql: `SELECT ${columns} FROM alert_actions
    WHERE source = {source:String} AND offset >= {start:UInt64} AND offset < {end:UInt64}
    ORDER BY offset`,
  params: z.object({ source: z.string(), start: z.number().int(), end: z.number().int() }),
  row,
});
