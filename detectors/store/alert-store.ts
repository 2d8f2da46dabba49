/**
 * Alerts in the store: the engine's revisions, and the state a reader sees, which is the newest revision with
 * the analysts' last action laid over it.
 *
 * The engine writes table `alerts` only and its rows say "open"; analysts write table `alert_actions` only.
 * So neither overwrites the other. New evidence after a resolve changes the alert's body and leaves it
 * resolved: opening it again is an analyst's act.
 */
import { z } from "zod";
import type { Writer } from "../../ingest/clickhouse/client.ts";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import type { AlertId, EpochMs } from "../../ingest/vocabulary/brand.ts";
import {
  type Alert,
  type AlertLane,
  type AlertStatus,
  alertSchema,
  alertStatuses,
  dispositions,
  type Severity,
} from "../alert.ts";
import { toldSuppressed } from "../suppression/suppression.ts";

/** One state of an alert as the engine knows it. */
export interface AlertRevision {
  readonly alert: Alert;
  /** Grows with every change of the alert; the highest one stored is the one that is read. */
  readonly revision: number;
  /** live: happening now, hooks may page somebody. backfill: history, they never do. */
  readonly origin: "live" | "backfill";
  /** The suppression that it falls under, which keeps it from paging; empty or absent: none. */
  readonly suppressionId?: string;
}

/** What a reader sees. (revision, sequence) changes whenever anything of it does. */
export interface EffectiveAlert {
  readonly alert: Alert;
  readonly revision: number;
  /** Number of the last action; 0: none yet. */
  readonly sequence: number;
  /** Empty: none. The alert's explanation tells of it, too. */
  readonly suppressionId: string;
}

/** Stores revisions in one insert. Storing the same one again changes nothing. */
export async function storeAlerts(
  writer: Pick<Writer, "insertRows">,
  revisions: readonly AlertRevision[],
  recordedAt: EpochMs,
): Promise<void> {
  await writer.insertRows(
    "alerts",
    revisions.map((revision) => alertRow(revision, recordedAt)),
  );
}

function alertRow(
  { alert, revision, origin, suppressionId = "" }: AlertRevision,
  recordedAt: EpochMs,
) {
  const agents = [alert.agent_id, ...(alert.agent_ids ?? [])].filter((id) => id !== null);
  return {
    alert_id: alert.alert_id,
    revision,
    time: Date.parse(alert.time),
    first_event_time: Date.parse(alert.first_event_time),
    last_event_time: Date.parse(alert.last_event_time),
    lane: alert.lane,
    severity: alert.severity,
    risk: alert.risk,
    detectors: alert.detectors,
    agent_ids: [...new Set(agents)],
    session_ids: alert.session_ids ?? [],
    body: JSON.stringify(alert),
    origin,
    suppression_id: suppressionId,
    recorded_at: recordedAt,
  };
}

/** An empty list means "any". Times are inclusive, of the alert's `time`. */
export interface AlertFilter {
  readonly statuses: readonly AlertStatus[];
  readonly severities: readonly Severity[];
  readonly lanes: readonly AlertLane[];
  readonly agentIds: readonly string[];
  readonly detectors: readonly string[];
  /** Those that fall under a suppression, or those that do not; absent: all. */
  readonly isSuppressed?: boolean | undefined;
  /** Those that fall under this one; absent: all. */
  readonly suppressionId?: string | undefined;
  /** Those of this incident; absent: all. */
  readonly incidentId?: string | undefined;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Rows come newest first, alerts of the same time by falling id. */
export interface AlertPage {
  /** Only alerts after this one in that order; `undefined`: from the newest. */
  readonly after: { readonly time: number; readonly id: string } | undefined;
  /** Rows at most. */
  readonly limit: number;
}

/**
 * Every alert of the `place`, a condition, beside its last action; `FINAL` leaves the newest revision of each. `columns`:
 * of the table, `alert_id` among them.
 */
export const effective = (columns: readonly string[], place: string): string =>
  `SELECT ${columns.map((name) => `a.${name} AS ${name}`).join(", ")},
    x.last_sequence AS sequence,
    if(x.last_sequence = 0, 'open', x.last_status) AS status, x.last_disposition AS disposition
  FROM (SELECT ${columns.join(", ")} FROM alerts FINAL WHERE ${place}) AS a
  LEFT JOIN (SELECT alert_id, max(sequence) AS last_sequence,
      argMax(toString(status), sequence) AS last_status,
      argMax(toString(disposition), sequence) AS last_disposition
    FROM alert_actions GROUP BY alert_id) AS x ON a.alert_id = x.alert_id`;

/** A body of another shape is reported as such, by the column's name and never by its content. */
const bodyColumn = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.issues.push({ code: "custom", message: "not JSON", input: undefined });
      return z.NEVER;
    }
  })
  .pipe(alertSchema);

const toldColumns = ["alert_id", "revision", "body", "suppression_id"] as const;

/** The alerts of the `place` as `effectiveRow` reads them. */
export const effectiveAlerts = (place: string): string =>
  `SELECT revision, sequence, status, disposition, body, suppression_id
FROM (${effective(toldColumns, place)})`;

export const effectiveRow = z
  .object({
    revision: z.coerce.number(),
    sequence: z.coerce.number(),
    status: z.enum(alertStatuses),
    disposition: z.union([z.literal(""), z.enum(dispositions)]),
    body: bodyColumn,
    suppression_id: z.string(),
  })
  .transform(({ revision, sequence, status, disposition, ...row }): EffectiveAlert => {
    const verdict = disposition === "" ? null : disposition;
    const suppressionId = row.suppression_id;
    const alert = toldSuppressed({ ...row.body, status, disposition: verdict }, suppressionId);
    return { alert, revision, sequence, suppressionId };
  });

const page = defineQuery({
  name: "alerts.page",
  sql: `SELECT revision, sequence, status, disposition, body, suppression_id
FROM (${effective(
    [...toldColumns, "time", "lane", "severity", "detectors", "agent_ids", "incident_id"],
    `time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND time <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
  )})
WHERE (empty({statuses:Array(String)}) OR has({statuses:Array(String)}, status))
  AND (empty({severities:Array(String)}) OR has({severities:Array(String)}, toString(severity)))
  AND (empty({lanes:Array(String)}) OR has({lanes:Array(String)}, toString(lane)))
  AND (empty({agents:Array(String)}) OR hasAny(agent_ids, {agents:Array(String)}))
  AND (empty({detectors:Array(String)})
    OR hasAny(CAST(detectors, 'Array(String)'), {detectors:Array(String)}))
  AND ({suppressed:Int8} < 0 OR notEmpty(suppression_id) = {suppressed:Int8})
  AND (empty({suppression:String}) OR suppression_id = {suppression:String})
  AND (empty({incident:String}) OR incident_id = {incident:String})
  AND (toUnixTimestamp64Milli(time), alert_id) < ({after_time:Int64}, {after_id:String})
ORDER BY time DESC, alert_id DESC
LIMIT {limit:UInt32}`,
  params: z.object({
    statuses: z.array(z.string()),
    severities: z.array(z.string()),
    lanes: z.array(z.string()),
    agents: z.array(z.string()),
    detectors: z.array(z.string()),
    /** -1: all. */
    suppressed: z.number().int(),
    suppression: z.string(),
    incident: z.string(),
    from: z.number(),
    to: z.number(),
    after_time: z.number(),
    after_id: z.string(),
    limit: z.number(),
  }),
  row: effectiveRow,
});

/** One page of what readers see. */
export function listAlerts(
  reader: Reader,
  filter: AlertFilter,
  { after, limit }: AlertPage,
): Promise<readonly EffectiveAlert[]> {
  return page(reader, {
    statuses: [...filter.statuses],
    severities: [...filter.severities],
    lanes: [...filter.lanes],
    agents: [...filter.agentIds],
    detectors: [...filter.detectors],
    suppressed: filter.isSuppressed === undefined ? -1 : Number(filter.isSuppressed),
    suppression: filter.suppressionId ?? "",
    incident: filter.incidentId ?? "",
    from: filter.from,
    to: filter.to,
    after_time: after?.time ?? Number.MAX_SAFE_INTEGER,
    after_id: after?.id ?? "",
    limit,
  });
}

const one = defineQuery({
  name: "alerts.one",
  sql: effectiveAlerts("alert_id = {id:String}"),
  params: z.object({ id: z.string() }),
  row: effectiveRow,
});

/** One alert as readers see it; `undefined`: there is none with this id. */
export async function findAlert(reader: Reader, id: AlertId): Promise<EffectiveAlert | undefined> {
  const [found] = await one(reader, { id });
  return found;
}
