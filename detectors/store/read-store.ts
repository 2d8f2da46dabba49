/**
 * What whoever has a key asked of given agents and subjects through the API: statements of the ledger, one a question.
 * It says of whom was asked, by which route and of which time, not what was answered.
 */
import { z } from "zod";
import { defineQuery } from "../../ingest/clickhouse/define-query.ts";
import { sealedRow } from "../../ingest/clickhouse/stored-record-queries.ts";
import { type EpochMs, epochMs } from "../../ingest/vocabulary/brand.ts";
import type { ReadInput } from "../engine-input.ts";
import { readInputOf } from "./read-input.ts";
import { createStatementLog, type StatementLog, type StatementReader } from "./statement-log.ts";

/** Of whom and what a request asks; empty: of none in particular. */
export interface Asked {
  readonly agentIds: readonly string[];
  readonly sessionIds: readonly string[];
  readonly subjectTokens: readonly string[];
  readonly tenants: readonly string[];
  readonly alertId: string;
  readonly incidentId: string;
  /** The range of event time; `null`: unbounded. Epoch milliseconds. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  /** Why, where the question has to say so; else empty. */
  readonly reason: string;
}

export const askedOfNobody: Asked = {
  agentIds: [],
  sessionIds: [],
  subjectTokens: [],
  tenants: [],
  alertId: "",
  incidentId: "",
  from: null,
  to: null,
  reason: "",
};

export interface Read extends Asked {
  /** As the answer's `X-Request-Id` and the log have it. */
  readonly requestId: string;
  /** When the API took it, by the wall clock. */
  readonly at: EpochMs;
  /** Who asked: `key:<key id>` or `bootstrap`. */
  readonly principal: string;
  readonly role: string;
  /** The template of its path. */
  readonly route: string;
}

export interface ReadQuestion {
  /** When it was asked, inclusive. Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Reads by any of these; empty lists: any. */
  readonly principals: readonly string[];
  /** Reads that named any of these. */
  readonly agentIds: readonly string[];
  readonly subjectTokens: readonly string[];
  /** Empty: any. */
  readonly alertId: string;
  readonly incidentId: string;
  /** Only those after this one in the order newest first, equal times by falling id. */
  readonly after: { readonly at: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** `isAuthentic`: the service wrote it as it is here. */
export interface StoredRead extends Read {
  readonly isAuthentic: boolean;
}

/** Newest first. */
export async function listReads(
  { reader, mac }: StatementReader,
  { from, to, after, limit, ...names }: ReadQuestion,
): Promise<readonly StoredRead[]> {
  const rows = await page(reader, {
    ...{ from, to, limit },
    after_at: after?.at ?? Number.MAX_SAFE_INTEGER,
    after_id: after?.id ?? "",
    principals: [...names.principals],
    agents: [...names.agentIds],
    tokens: [...names.subjectTokens],
    alert: names.alertId,
    incident: names.incidentId,
  });
  return rows.map(({ read, place, own }) => ({
    ...read,
    isAuthentic: mac.isAuthentic("reads", place, own),
  }));
}

/** As detection takes them in. */
export const createReadLog = (deps: StatementReader): StatementLog<ReadInput> =>
  createStatementLog(deps, { table: "reads", columns, row: row.transform(sealedInputOf) });

const sealedInputOf = ({ read, place, own }: z.output<typeof row>) => ({
  placed: { ...place, at: read.at, input: readInputOf(read) },
  own,
});

const columns = `request_id, toUnixTimestamp64Milli(at) AS at_ms, toString(principal) AS asker,
      toString(role) AS asker_role, toString(route) AS asked_route, agent_ids, session_ids,
      arrayMap(token -> toString(token), subject_tokens) AS tokens_asked, tenants, alert_id,
      toUnixTimestamp64Milli(from_at) AS from_ms, toUnixTimestamp64Milli(to_at) AS to_ms, reason, incident_id,
      toString(source) AS chain, offset, ${sealedRow("reads")} AS own`;

const row = z
  .object({
    request_id: z.string(),
    at_ms: z.coerce.number(),
    asker: z.string(),
    asker_role: z.string(),
    asked_route: z.string(),
    agent_ids: z.array(z.string()),
    session_ids: z.array(z.string()),
    tokens_asked: z.array(z.string()),
    tenants: z.array(z.string()),
    alert_id: z.string(),
    from_ms: z.coerce.number().nullable(),
    to_ms: z.coerce.number().nullable(),
    reason: z.string(),
    incident_id: z.string(),
    chain: z.string(),
    offset: z.number().int(),
    own: z.array(z.unknown()),
  })
  .transform((row) => ({
    read: {
      requestId: row.request_id,
      at: epochMs(row.at_ms),
      principal: row.asker,
      role: row.asker_role,
      route: row.asked_route,
      agentIds: row.agent_ids,
      sessionIds: row.session_ids,
      subjectTokens: row.tokens_asked,
      tenants: row.tenants,
      alertId: row.alert_id,
      incidentId: row.incident_id,
      from: row.from_ms === null ? null : epochMs(row.from_ms),
      to: row.to_ms === null ? null : epochMs(row.to_ms),
      reason: row.reason,
    },
    place: { source: row.chain, offset: row.offset },
    own: row.own,
  }));

const page = defineQuery({
  name: "reads.page",
  sql: `SELECT ${columns} FROM reads
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND (at_ms, request_id) < ({after_at:Int64}, {after_id:String})
      AND (empty({principals:Array(String)}) OR principal IN {principals:Array(String)})
      AND (empty({agents:Array(String)}) OR hasAny(agent_ids, {agents:Array(String)}))
      AND (empty({tokens:Array(UUID)}) OR hasAny(subject_tokens, {tokens:Array(UUID)}))
      AND (empty({alert:String}) OR alert_id = {alert:String})
      AND (empty({incident:String}) OR incident_id = {incident:String})
    ORDER BY at DESC, request_id DESC LIMIT {limit:UInt32}`,
  params: z.object({
    from: z.number(),
    to: z.number(),
    after_at: z.number(),
    after_id: z.string(),
    principals: z.array(z.string()),
    agents: z.array(z.string()),
    tokens: z.array(z.string()),
    alert: z.string(),
    incident: z.string(),
    limit: z.number(),
  }),
  row,
});
