/**
 * What an alert's reasons count, counted again by SQL over the stored events alone: nothing of the engine is asked.
 * One row for each access that exposed somebody, in the order in which it came in.
 */
import { z } from "zod";
import type { Store } from "../../ingest/clickhouse/client.ts";

export const secrets = "['sms_code', 'id_document', 'credentials', 'message_body']";

/** How an access exposed its subjects. */
export const exposure = `multiIf(action = 'search' AND search_kind = 'exact', 'searched', outcome != 'success', 'none',
  action IN ('search', 'list', 'view', 'update', 'impersonate'), 'displayed',
  action = 'reveal', 'revealed', action = 'export', 'exported', 'none')`;

/**
 * A ticket lives while its entries (work on it, accesses that name it) are at most 7 days apart and some work came
 * before; it is about what the first report with up to four subjects names.
 */
const ticketLife = `
CREATE TABLE ticket_life ENGINE = Memory AS
WITH entries AS (
  SELECT ticket_id, offset, toUInt32(toDate(at)) AS day, 1 AS is_work, 0 AS is_access FROM ticket_events
  UNION ALL
  SELECT ticket_id, offset, toUInt32(toDate(at)) AS day, action = 'update' AND outcome = 'success' AS is_work,
    1 AS is_access
  FROM access_events WHERE ticket_id != '' AND ${exposure} != 'none' AND notEmpty(subject_tokens)
), gaps AS (
  SELECT *, day - lagInFrame(day, 1, day) OVER (PARTITION BY ticket_id ORDER BY offset
    ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) > 7 AS is_gap FROM entries
), runs AS (
  SELECT *, sum(is_gap) OVER (PARTITION BY ticket_id ORDER BY offset) AS run FROM gaps
), lives AS (
  SELECT *, sum(is_work) OVER (PARTITION BY ticket_id, run ORDER BY offset
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - is_work > 0 AS was_alive FROM runs
)
SELECT ticket_id, offset, day, is_access, was_alive, is_work = 1 OR was_alive AS keeps_alive FROM lives`;

const ticketSubjects = `
CREATE TABLE ticket_subjects ENGINE = Memory AS
SELECT ticket_id, argMin(arrayZip(subject_types, subject_tokens), offset) AS about, min(offset) AS known_from
FROM ticket_events WHERE length(subject_tokens) BETWEEN 1 AND 4 GROUP BY ticket_id`;

/** Who works on a ticket from when on: whoever reports work, and whoever changes what it is about under it. */
const ticketWork = `
CREATE TABLE ticket_work ENGINE = Memory AS
SELECT ticket_id, offset, agent_id FROM ticket_events WHERE agent_id != '' AND type != 'closed'
UNION ALL
SELECT access_events.ticket_id AS ticket_id, access_events.offset AS offset, access_events.agent_id AS agent_id
FROM access_events
INNER JOIN (SELECT offset, was_alive FROM ticket_life WHERE is_access = 1) AS life
  ON life.offset = access_events.offset
LEFT JOIN ticket_subjects ON ticket_subjects.ticket_id = access_events.ticket_id
WHERE action = 'update' AND outcome = 'success' AND (was_alive = 0 OR length(subject_tokens) > 1
  OR known_from = 0 OR known_from > access_events.offset OR has(about, (subject_types[1], subject_tokens[1])))`;

/**
 * Accesses that name no ticket and that one explains all the same: it lives, is among the newest three about the only
 * subject, and the agent is among the newest three who work on it.
 */
const implied = `
CREATE TABLE implied ENGINE = Memory AS
WITH asked AS (
  SELECT offset, agent_id, toUInt32(toDate(at)) AS day, (subject_types[1], subject_tokens[1]) AS subject
  FROM access_events WHERE ticket_id = '' AND length(subject_tokens) = 1 AND ${exposure} != 'none'
), named AS (
  SELECT arrayJoin(about) AS subject, ticket_id, known_from FROM ticket_subjects
), candidates AS (
  SELECT asked.offset AS offset, agent_id, day, ticket_id FROM asked INNER JOIN named ON named.subject = asked.subject
  WHERE known_from < asked.offset ORDER BY offset, known_from DESC LIMIT 3 BY offset
), living AS (
  SELECT candidates.offset AS offset, candidates.agent_id AS agent_id, candidates.ticket_id AS ticket_id
  FROM candidates INNER JOIN ticket_life ON ticket_life.ticket_id = candidates.ticket_id
  WHERE keeps_alive AND ticket_life.offset < candidates.offset
  GROUP BY offset, agent_id, ticket_id, candidates.day
  HAVING candidates.day <= max(ticket_life.day) + 7
), workers AS (
  SELECT living.offset AS offset, living.ticket_id AS ticket_id, living.agent_id AS agent_id,
    ticket_work.agent_id AS worker, max(ticket_work.offset) AS since
  FROM living INNER JOIN ticket_work ON ticket_work.ticket_id = living.ticket_id
  WHERE ticket_work.offset < living.offset GROUP BY offset, ticket_id, agent_id, worker
), newest AS (
  SELECT * FROM workers ORDER BY offset, ticket_id, since DESC LIMIT 3 BY offset, ticket_id
)
SELECT DISTINCT offset, 1 AS is_implied FROM newest WHERE worker = agent_id`;

const recounted = `
CREATE TABLE recounted ENGINE = Memory AS
WITH seen AS (
  SELECT agent_id, session_id, offset, ${exposure} AS exposure, arrayJoin(arrayDistinct(subject_tokens)) AS token
  FROM access_events
), fresh AS (
  SELECT *,
    row_number() OVER (PARTITION BY agent_id, session_id, token ORDER BY offset) = 1 AS is_fresh,
    row_number() OVER (PARTITION BY agent_id, session_id, exposure, token ORDER BY offset) = 1 AS is_fresh_in_kind
  FROM seen WHERE exposure != 'none'
), counts AS (
  SELECT offset, sum(is_fresh) AS fresh, sum(is_fresh_in_kind) AS fresh_in_kind FROM fresh GROUP BY offset
), first_ticket AS (SELECT min(offset) AS first FROM ticket_events)
SELECT access_events.agent_id AS agent_id, session_id, access_events.offset AS offset, at, action, fields,
  ${exposure} AS exposure, fresh, fresh_in_kind, length(subject_tokens) AS subjects,
  action NOT IN ('list', 'export') AND (action != 'search' OR search_kind = 'exact') AS is_opening,
  action = 'reveal' AND (empty(fields) OR hasAny(fields, ${secrets})) AS is_secret,
  action = 'search' AND search_kind = 'exact' AND (outcome = 'not_found' OR result_count = 0) AS is_miss,
  greatest(toFloat64(1), round(log2(greatest(toFloat64(coalesce(result_count, 0)), toFloat64(subjects),
    toFloat64(coalesce(bytes, 0)) / 1024, toFloat64(1))))) AS doublings,
  access_events.ticket_id != '' AND known_from > 0 AND known_from < access_events.offset AND subjects = 1
    AND NOT has(about, (subject_types[1], subject_tokens[1])) AS is_elsewhere,
  multiIf(access_events.ticket_id = '', justification_source NOT IN ('ticket_link', 'queue', 'call', 'chat')
    AND is_implied = 0, access_events.offset < first, 0, was_alive = 0 OR is_elsewhere) AS is_unexplained
FROM access_events
INNER JOIN counts ON counts.offset = access_events.offset
LEFT JOIN (SELECT offset, was_alive FROM ticket_life WHERE is_access = 1) AS life
  ON life.offset = access_events.offset
LEFT JOIN implied ON implied.offset = access_events.offset
LEFT JOIN ticket_subjects ON ticket_subjects.ticket_id = access_events.ticket_id
CROSS JOIN first_ticket`;

/** Counts again, over everything that is stored. From one source. */
export async function recountAll(store: Store): Promise<void> {
  for (const sql of [ticketLife, ticketSubjects, ticketWork, implied, recounted])
    await store.writer.command(sql);
}

/** What a unit counts, and whether it is exactly that or at most that (what the agent's memory alone knows). */
export const units: Readonly<Record<string, { readonly sql: string; readonly isExact: boolean }>> =
  {
    "pages of up to fifty further subjects": {
      sql: "if(is_opening OR fresh < 2, 0, intDiv(fresh + 49, 50))",
      isExact: true,
    },
    exports: { sql: "action = 'export'", isExact: true },
    "doublings of rows in exports": { sql: "if(action = 'export', doublings, 0)", isExact: true },
    "subjects searched by name or number without a ticket": {
      sql: "if(exposure = 'searched' AND is_unexplained, fresh_in_kind, 0)",
      isExact: true,
    },
    "subjects whose secrets were revealed": {
      sql: "if(is_secret, fresh_in_kind, 0)",
      isExact: true,
    },
    "subjects opened without a ticket that anybody works on": {
      sql: "if(is_opening AND is_unexplained, fresh, 0)",
      isExact: true,
    },
    "subjects opened had no ticket that anybody works on": {
      sql: "if(is_opening AND is_unexplained, fresh, 0)",
      isExact: true,
    },
    "subjects opened were reached through tickets about somebody else": {
      sql: "if(is_opening AND is_elsewhere, fresh, 0)",
      isExact: false,
    },
    "subjects whose secrets were revealed without a ticket": {
      sql: "if(is_secret, fresh_in_kind, 0)",
      isExact: false,
    },
    "searches without own work that found nobody": { sql: "is_miss", isExact: false },
    "subjects in whose place the agent acted without own work": {
      sql: "if(action = 'impersonate', subjects, 0)",
      isExact: false,
    },
    "records or pages opened at hours at which the agent hardly ever works": {
      sql: "if(is_opening, fresh, least(toUInt64(1), fresh))",
      isExact: false,
    },
    "records or pages opened in a session that ended a long silence": {
      sql: "if(is_opening, fresh, least(toUInt64(1), fresh))",
      isExact: false,
    },
  };

/** Other questions: at most as many as were exposed. */
const anyExposed = { sql: "subjects", isExact: false };

export const unitOf = (unit: string) =>
  units[unit.replace(" within ten minutes", "")] ?? anyExposed;

export interface Recount {
  readonly agent: string;
  /** undefined: all sessions of the agent. */
  readonly session: string | undefined;
  /** Epoch milliseconds; of event times. */
  readonly from: number;
  readonly last: number;
  readonly unit: string;
  /** false: at most as many. */
  readonly isExact: boolean;
}

const countRow = z.object({ found: z.coerce.number() });

/** The unit's count over the window, or its most in two neighbouring slices of five minutes. */
export async function recount(store: Store, { unit, ...window }: Recount): Promise<number> {
  const { agent, session, from, last } = window;
  const within = `agent_id = {agent:String} AND ({session:String} = '' OR session_id = {session:String})
    AND at >= fromUnixTimestamp64Milli({from:Int64}) AND offset <= (SELECT max(offset) FROM access_events
      WHERE agent_id = {agent:String} AND at <= fromUnixTimestamp64Milli({last:Int64}))`;
  const exact = unitOf(unit).sql;
  // A session that was cut, or of which only some is asked, knows its subjects as new again.
  const sql = window.isExact ? exact : exact.replaceAll(/fresh(_in_kind)?/g, "subjects");
  const bySlice = `SELECT intDiv(toUnixTimestamp64Milli(at), 300000) AS slice, sum(${sql}) AS n
    FROM recounted WHERE ${within} GROUP BY slice`;
  const question = unit.endsWith("within ten minutes")
    ? `SELECT max(pair) AS found FROM (SELECT slice, sum(n) AS pair FROM (
        SELECT slice, n FROM (${bySlice}) UNION ALL SELECT slice + 1 AS slice, n FROM (${bySlice})) GROUP BY slice)`
    : `SELECT sum(${sql}) AS found FROM recounted WHERE ${within}`;
  const params = { agent, session: session ?? "", from, last };
  return countRow.parse((await store.reader.query(question, params))[0]).found;
}

const spanRow = z.object({ begin: z.coerce.number(), length: z.coerce.number() });

/** First event of the session, and how long it goes on. Epoch milliseconds. */
export async function spanOf(store: Store, session: string) {
  const sql = `SELECT toUnixTimestamp64Milli(argMin(at, offset)) AS begin,
      toUnixTimestamp64Milli(max(at)) - begin AS length
    FROM access_events WHERE session_id = {session:String}`;
  return spanRow.parse((await store.reader.query(sql, { session }))[0]);
}

const afterRow = z.object({ found: z.coerce.number() });

/** What an agent did in the session more than five minutes after the roster had told that it left. */
export async function doneAfterLeaving(store: Store, agent: string, session: string) {
  const sql = `SELECT count() AS found FROM access_events
    CROSS JOIN (SELECT max(at) AS left_at FROM agent_events
      WHERE agent_id = {agent:String} AND type = 'terminated') AS roster
    WHERE agent_id = {agent:String} AND session_id = {session:String} AND outcome = 'success'
      AND action != 'logout' AND at > left_at + INTERVAL 5 MINUTE`;
  return afterRow.parse((await store.reader.query(sql, { agent, session }))[0]).found;
}
