/**
 * Whom an incident exposed: everybody whom one of its alerts did.
 *
 * A statistical alert of one agent brings whom that agent exposed in the sessions that it names, up to its last event: a
 * session counts from its beginning, which lies before the first event that the alert cites. Where it names none, as over
 * a run of days, it brings whom the agent exposed from its first event to its last.
 *
 * Any other alert tells facts, or what several agents did beside their own work. It brings the subjects that its evidence
 * names, as its agents exposed them from its first event to its last. If it cites as many events as an alert can, there
 * may be more: then it brings whomever these agents exposed in that time, in its sessions if it names any.
 */
import { z } from "zod";
import { evidenceMax } from "../../detectors/alert.ts";
import { inIncident } from "../../detectors/store/incident-store.ts";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { type Problem, problem } from "../problem.ts";
import { storyMax, unknownIncident } from "./incident.ts";

/** The longest for which detection can be set to take a session for one. */
const sessionDaysMax = 7;

/** One row an alert: whose, which sessions, and the range of time in which it exposed anybody. */
const scopes = `SELECT agent_ids, session_ids, lane = 'statistical' AND length(agent_ids) = 1 AS is_of_one,
    if(is_of_one, [], JSONExtract(body, 'evidence', 'Array(String)')) AS cited,
    NOT is_of_one AND length(cited) < ${evidenceMax} AS is_cited,
    if(is_of_one AND notEmpty(session_ids), time - INTERVAL ${sessionDaysMax} DAY, first_event_time) AS since,
    last_event_time AS until
  FROM alerts FINAL WHERE ${inIncident}`;

/** The same as one value, which is found once however often a statement asks for it. */
const scopesAsOne = `(SELECT groupArray((agent_ids, session_ids, cited, is_cited, since, until)) FROM (${scopes}))`;
const everyScope = `(SELECT scope.1 AS agents, scope.2 AS sessions, scope.3 AS cited, scope.4 AS is_cited,
    (scope.5, scope.6) AS span, arrayJoin(agents) AS agent
  FROM (SELECT arrayJoin(${scopesAsOne}) AS scope))`;

const itsAccesses = `access_events WHERE exposure_kind != 'none'
    AND agent_id IN (SELECT agent FROM ${everyScope})
    AND at >= (SELECT min(since) FROM (${scopes})) AND at <= (SELECT max(until) FROM (${scopes}))`;

/** The spans of time in which an alert is about everybody whom the agent exposes, there or with that subject. */
const byAgent = `SELECT agent, groupUniqArray(span) AS spans FROM ${everyScope}
  WHERE NOT is_cited AND empty(sessions) GROUP BY agent`;
const bySession = `SELECT agent, arrayJoin(sessions) AS session, groupUniqArray(span) AS spans FROM ${everyScope}
  WHERE NOT is_cited GROUP BY agent, session`;
const bySubject = `SELECT agent, token, groupUniqArray(span) AS spans
  FROM (SELECT agent, span, arrayJoin(cited) AS event FROM ${everyScope} WHERE is_cited) AS citing
  INNER JOIN (SELECT event_id, arrayJoin(subject_tokens) AS token FROM ${itsAccesses}
    AND event_id IN (SELECT arrayJoin(cited) FROM ${everyScope})) AS named
  ON citing.event = named.event_id GROUP BY agent, token`;

const exposed = (...columns: readonly string[]): string =>
  columns.map((column) => `exposed.${column} AS ${column}`).join(", ");
const itsSource = `(SELECT at, exposure_kind, agent_id, session_id, subject_tokens, subject_types, subject_tenants
  FROM ${itsAccesses})`;

/**
 * Of `exposuresOf(accesses)`, one row a subject, those of the incident `{incident:String}`. Reads the accesses of its agents
 * in its time.
 */
export const ofIncident = (exposuresOf: (source: string) => string): string =>
  `(SELECT ${exposed("at", "exposure_kind", "agent_id", "session_id", "subject_token", "subject_type", "tenant")}
  FROM ${exposuresOf(itsSource)} AS exposed
  LEFT ANY JOIN (${byAgent}) AS of_agent ON exposed.agent_id = of_agent.agent
  LEFT ANY JOIN (${bySession}) AS of_session
    ON exposed.agent_id = of_session.agent AND exposed.session_id = of_session.session
  LEFT ANY JOIN (${bySubject}) AS of_subject
    ON exposed.agent_id = of_subject.agent AND exposed.subject_token = of_subject.token
  WHERE arrayExists(span -> exposed.at >= span.1 AND exposed.at <= span.2,
    arrayConcat(of_agent.spans, of_session.spans, of_subject.spans)))`;

const extent = defineQuery({
  name: "incidents.extent",
  sql: `SELECT count() AS alert_count, toUnixTimestamp64Milli(min(since)) AS since_ms FROM (${scopes})`,
  params: z.object({ incident: z.string() }),
  row: z.object({ alert_count: z.coerce.number(), since_ms: z.coerce.number() }),
});

interface Extent {
  readonly kind: "extent";
  /** Before it the incident has exposed nobody. Epoch milliseconds. */
  readonly since: number;
}

/** A problem: there is no such incident, or it is too large to be told as a whole. */
export async function extentOf(reader: Reader, incident: string): Promise<Extent | Problem> {
  const [found] = await extent(reader, { incident });
  if (found === undefined || found.alert_count === 0) return unknownIncident();
  if (found.alert_count > storyMax) {
    const detail = `The incident has more than ${storyMax} alerts: ask by agents or sessions and time.`;
    return problem("limit_reached", detail);
  }
  return { kind: "extent", since: found.since_ms };
}
