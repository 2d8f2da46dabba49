/**
 * Incidents in the store: alerts that belong together, by the newest revision of each, under the analysts' last actions.
 * Detection gives every alert an incident; one that names none is part of no incident.
 */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { type AlertStatus, alertStatuses, type Severity, severities } from "../alert.ts";
import { type EffectiveAlert, effective, effectiveAlerts, effectiveRow } from "./alert-store.ts";

/** One incident, told by all of its alerts. Times are epoch milliseconds. */
export interface IncidentSummary {
  readonly incidentId: string;
  /** When it was raised: the `time` of its first alert. */
  readonly time: number;
  readonly firstEventTime: number;
  readonly lastEventTime: number;
  readonly severity: Severity;
  readonly risk: number;
  readonly status: AlertStatus;
  readonly alertCount: number;
  /** By name, the first `namesMax` of the page. */
  readonly agentIds: readonly string[];
  readonly detectors: readonly string[];
}

/** About an incident as a whole; an empty list means "any". */
export interface IncidentFilter {
  readonly statuses: readonly AlertStatus[];
  /** Of its worst alert. */
  readonly severities: readonly Severity[];
  /** Any of these is involved. */
  readonly agentIds: readonly string[];
  /** Those all of whose alerts fall under a suppression, or the others; absent: all. */
  readonly isSuppressed: boolean | undefined;
  /** Those with an alert whose `time` lies within, inclusive. */
  readonly from: number;
  readonly to: number;
}

/** Rows come newest first by `time`, incidents of the same time by falling id. */
export interface IncidentPage {
  /** Only incidents after this one in that order; `undefined`: from the newest. */
  readonly after: { readonly time: number; readonly id: string } | undefined;
  /** Rows at most. */
  readonly limit: number;
  /** Agents of an incident at most, and detectors. */
  readonly namesMax: number;
}

const columns = [
  ...["alert_id", "incident_id", "time", "first_event_time", "last_event_time", "severity"],
  ...["risk", "detectors", "agent_ids", "suppression_id"],
];

const firstNames = (column: string): string =>
  `arraySlice(arraySort(groupUniqArrayArray(${column})), 1, {names:UInt32})`;

const page = defineQuery({
  name: "incidents.page",
  sql: `SELECT incident_id, toUnixTimestamp64Milli(min(time)) AS time_ms,
  toUnixTimestamp64Milli(min(first_event_time)) AS first_ms,
  toUnixTimestamp64Milli(max(last_event_time)) AS last_ms,
  toString(max(severity)) AS worst, max(risk) AS highest,
  multiIf(countIf(status = 'open') > 0, 'open', countIf(status = 'acknowledged') > 0, 'acknowledged',
    'resolved') AS whole_status,
  count() AS alert_count, ${firstNames("agent_ids")} AS agents, ${firstNames("detectors")} AS detector_ids
FROM (${effective(columns, "incident_id != ''")})
GROUP BY incident_id
HAVING (empty({statuses:Array(String)}) OR has({statuses:Array(String)}, whole_status))
  AND (empty({severities:Array(String)}) OR has({severities:Array(String)}, worst))
  AND (empty({agents:Array(String)}) OR countIf(hasAny(agent_ids, {agents:Array(String)})) > 0)
  AND ({suppressed:Int8} < 0 OR (countIf(empty(suppression_id)) = 0) = {suppressed:Int8})
  AND countIf(time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')) > 0
  AND (time_ms, incident_id) < ({after_time:Int64}, {after_id:String})
ORDER BY time_ms DESC, incident_id DESC
LIMIT {limit:UInt32}`,
  params: z.object({
    statuses: z.array(z.string()),
    severities: z.array(z.string()),
    agents: z.array(z.string()),
    /** -1: all. */
    suppressed: z.number().int(),
    from: z.number(),
    to: z.number(),
    after_time: z.number(),
    after_id: z.string(),
    limit: z.number(),
    names: z.number(),
  }),
  row: z
    .object({
      incident_id: z.string(),
      time_ms: z.coerce.number(),
      first_ms: z.coerce.number(),
      last_ms: z.coerce.number(),
      worst: z.enum(severities),
      highest: z.number(),
      whole_status: z.enum(alertStatuses),
      alert_count: z.coerce.number(),
      agents: z.array(z.string()),
      detector_ids: z.array(z.string()),
    })
    .transform(
      (row): IncidentSummary => ({
        incidentId: row.incident_id,
        time: row.time_ms,
        firstEventTime: row.first_ms,
        lastEventTime: row.last_ms,
        severity: row.worst,
        risk: row.highest,
        status: row.whole_status,
        alertCount: row.alert_count,
        agentIds: row.agents,
        detectors: row.detector_ids,
      }),
    ),
});

/** One page of incidents as readers see them. */
export const listIncidents = (
  reader: Reader,
  filter: IncidentFilter,
  { after, limit, namesMax }: IncidentPage,
): Promise<readonly IncidentSummary[]> =>
  page(reader, {
    statuses: [...filter.statuses],
    severities: [...filter.severities],
    agents: [...filter.agentIds],
    suppressed: filter.isSuppressed === undefined ? -1 : Number(filter.isSuppressed),
    from: filter.from,
    to: filter.to,
    after_time: after?.time ?? Number.MAX_SAFE_INTEGER,
    after_id: after?.id ?? "",
    limit,
    names: namesMax,
  });

/** The table lies by alert, so that any revision of an incident's alerts leads to what has to be read. */
export const inIncident = `alert_id IN (SELECT alert_id FROM alerts WHERE incident_id = {incident:String})
  AND incident_id = {incident:String}`;

const story = defineQuery({
  name: "incidents.story",
  sql: `${effectiveAlerts(inIncident)}
ORDER BY JSONExtractString(body, 'first_event_time'), alert_id
LIMIT {limit:UInt32}`,
  params: z.object({ incident: z.string(), limit: z.number() }),
  row: effectiveRow,
});

/** The alerts of one incident as readers see them, in the order in which what they tell of began. */
export const listIncident = (
  reader: Reader,
  incident: string,
  limit: number,
): Promise<readonly EffectiveAlert[]> => story(reader, { incident, limit });
