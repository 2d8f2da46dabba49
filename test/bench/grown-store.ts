/** A store that has grown: copies of what the sample left, and one agent who looked at very many people. */
import type { Writer } from "../../ingest/clickhouse/client.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";

export interface Grown {
  readonly writer: Writer;
  readonly reader: Reader;
  /** Accesses to ask among. */
  readonly accessesMin: number;
}

const alertsMin = 10_000;
/** The agent whose exposure is asked for, and how many it exposed, each by an access of its own. */
export const intruder = "bench-intruder";
export const exposureSubjects = 10_000;

/** What is copied was written in its own time. */
const inTime = "now64(3) + toIntervalDay(1) AS deadline";

/** Copies accesses, exposures and alerts until there are enough: other agents, other subjects, the same times. */
export async function grow({ writer, accessesMin }: Grown): Promise<void> {
  const copies = await copiesFor(writer, "access_events", accessesMin);
  await writer.command(`INSERT INTO access_events
    SELECT * REPLACE (${inTime}, concat(agent_id, '-', toString(copy)) AS agent_id,
      concat(event_id, '-', toString(copy)) AS event_id,
      concat(session_id, '-', toString(copy)) AS session_id,
      arrayMap(token -> reinterpretAsUUID(sipHash128(token, copy)), subject_tokens) AS subject_tokens)
    EXCEPT copy
    FROM (SELECT access_events.*, number + 1 AS copy FROM access_events CROSS JOIN numbers(${copies - 1}) AS copies)`);
  await writer.command(`INSERT INTO exposures
    SELECT * REPLACE (${inTime}, concat(agent_id, '-', toString(copy)) AS agent_id,
      concat(session_id, '-', toString(copy)) AS session_id,
      reinterpretAsUUID(sipHash128(subject_token, copy)) AS subject_token)
    EXCEPT copy
    FROM (SELECT exposures.*, number + 1 AS copy FROM exposures CROSS JOIN numbers(${copies - 1}) AS copies)`);
  await intrudeOnce(writer);
  const alertCopies = await copiesFor(writer, "alerts", alertsMin);
  await writer.command(`INSERT INTO alerts
    SELECT * REPLACE (concat(alert_id, '-', toString(copy)) AS alert_id) EXCEPT copy
    FROM (SELECT alerts.*, number + 1 AS copy FROM alerts CROSS JOIN numbers(${alertCopies - 1}) AS copies)`);
}

/** One view after the other, in both tables that tell of it; a store that grows again has them. */
async function intrudeOnce(writer: Writer): Promise<void> {
  const known = await writer.query(
    `SELECT 1 AS one FROM access_events WHERE agent_id = '${intruder}' LIMIT 1`,
    {},
  );
  if (known.length > 0) return;
  const token = "reinterpretAsUUID(sipHash128(toString(number)))";
  await writer.command(`INSERT INTO access_events
    SELECT * REPLACE (${inTime}, '${intruder}' AS agent_id, concat('${intruder}-', toString(number)) AS event_id,
      '${intruder}' AS session_id, at + toIntervalSecond(number) AS at, [${token}] AS subject_tokens)
    EXCEPT number
    FROM (SELECT access_events.*, number FROM (
      SELECT * FROM access_events
      WHERE action = 'view' AND exposure_kind != 'none' AND length(subject_tokens) = 1 LIMIT 1) AS access_events
      CROSS JOIN numbers(${exposureSubjects}) AS numbers)`);
  await writer.command(`INSERT INTO exposures (subject_token, at, exposure_kind, subject_type, tenant, agent_id,
      session_id, action, source, partition, offset, deadline)
    SELECT subject_tokens[1], at, exposure_kind, subject_types[1], subject_tenants[1], agent_id,
      session_id, toString(action), source, partition, offset, deadline
    FROM access_events WHERE agent_id = '${intruder}'`);
}

async function copiesFor(reader: Reader, table: string, rowsMin: number): Promise<number> {
  const [row] = await reader.query(`SELECT count() AS row_count FROM ${table}`, {});
  const { row_count } = row as { readonly row_count: number };
  if (row_count === 0) throw new Error(`the sample left nothing in ${table}`);
  return Math.ceil(rowsMin / row_count);
}

interface Place {
  readonly agent: string;
  readonly at: number;
  readonly token: string;
}

/** An agent in the middle of the store, the time of an access of theirs, and its subject. */
export async function oneOf(reader: Reader): Promise<Place> {
  const [row] = await reader.query(
    `SELECT agent_id AS agent, toUnixTimestamp64Milli(at) AS at, toString(subject_tokens[1]) AS token
     FROM access_events WHERE notEmpty(subject_tokens) ORDER BY cityHash64(event_id) LIMIT 1`,
    {},
  );
  return row as Place;
}

/** The customer organisation with the most exposures. */
export async function widestTenant(reader: Reader): Promise<string> {
  const [row] = await reader.query(
    `SELECT toString(tenant) AS name FROM exposures WHERE tenant != ''
     GROUP BY tenant ORDER BY count() DESC, tenant LIMIT 1`,
    {},
  );
  return (row as { readonly name: string }).name;
}
