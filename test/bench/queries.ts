/** What analysts wait for: four questions as the API asks them, over a grown store. */

import { readAccessEvents } from "../../api/routes/access-events.ts";
import { readExposedSubjects } from "../../api/routes/exposed-subjects.ts";
import { listAlerts } from "../../detectors/store/alert-store.ts";
import type { Writer } from "../../ingest/clickhouse/client.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { type BenchRow, cost, median } from "./bench-row.ts";

const rounds = 15;
const alertsMin = 10_000;
const dayMs = 86_400_000;
const pageRows = 50;
/** What a person takes for "at once": Nielsen 1993. */
const msMax = 100;
/** The queue is what they look at all day: at the 99th percentile. */
const alertsMsMax = 50;
const alertRounds = 300;
/** A whole exposure, page by page to its end. */
const exposureSubjects = 10_000;
const exposureMsMax = 2_000;
const exposurePageRows = 200;
const exposureRounds = 3;

interface Grown {
  readonly writer: Writer;
  readonly reader: Reader;
  /** Accesses to ask among. */
  readonly accessesMin: number;
}

export async function benchQueries({ writer, reader, accessesMin }: Grown): Promise<BenchRow[]> {
  await grow(writer, accessesMin);
  const place = await oneOf(reader);
  const any = { agents: [], tokens: [], sessions: [], actions: [], after: undefined };
  const everAfter = { from: 0, to: 4e12, limit: pageRows };
  const questions = {
    alerts: () => listAlerts(reader, anyAlert, { after: undefined, limit: pageRows }),
    agent_day: () =>
      readAccessEvents(reader, {
        ...any,
        agents: [place.agent],
        from: place.at - dayMs,
        to: place.at,
        limit: pageRows,
      }),
    subject_accesses: () =>
      readAccessEvents(reader, { ...any, ...everAfter, tokens: [place.token] }),
  };
  const limit = {
    name: "SELECT 1 and back",
    value: await latency(() => reader.query("SELECT 1 AS one", {})),
  };
  const rows: BenchRow[] = [];
  for (const [name, ask] of Object.entries(questions)) {
    const value = await latency(ask);
    rows.push(cost({ name: `query.${name}`, value, unit: "ms", target: msMax, limit }));
  }
  const slowest = percentile99(await latencies(questions.alerts, alertRounds));
  const alertTarget = alertsMsMax;
  const name = "query.alerts_p99";
  rows.push(cost({ name, value: slowest, unit: "ms", target: alertTarget, limit }));
  const exposure = await latency(() => readExposure(reader), exposureRounds);
  const target = exposureMsMax;
  rows.push(cost({ name: "query.exposure", value: exposure, unit: "ms", target, limit }));
  return rows;
}

/** Every subject of the exposure, as whoever pages through `/v1/exposure/subjects` reads them. */
async function readExposure(reader: Reader): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  let after = { token: "", tenant: "" };
  for (;;) {
    const page = await readExposedSubjects(reader, {
      from: 0,
      to: 4e12,
      agents: [intruder],
      sessions: [],
      tenants: [],
      kinds: [],
      after_token: after.token,
      after_tenant: after.tenant,
      limit: exposurePageRows,
    });
    found.push(...page);
    const last = page.at(-1);
    if (page.length < exposurePageRows || last === undefined) break;
    after = { token: last.subject_token, tenant: last.tenant ?? "" };
  }
  if (found.length < exposureSubjects) throw new Error("the exposure is not whole");
  return found;
}

const anyAlert = {
  statuses: [],
  severities: [],
  lanes: [],
  agentIds: [],
  detectors: [],
  from: epochMs(0),
  to: epochMs(4e12),
} as const;

/** Median, ms. */
const latency = async (ask: () => Promise<readonly unknown[]>, roundCount = rounds) =>
  median(await latencies(ask, roundCount));

const percentile99 = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;

/** In ms. Throws when nothing is found: the time to find nothing is no answer. */
async function latencies(
  ask: () => Promise<readonly unknown[]>,
  roundCount: number,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < roundCount; round += 1) {
    const from = performance.now();
    const found = await ask();
    times.push(performance.now() - from);
    if (found.length === 0) throw new Error("the question has no answer");
  }
  return times;
}

/** An agent in the middle of the store, the time of an access of theirs, and its subject. */
async function oneOf(reader: Reader) {
  const [row] = await reader.query(
    `SELECT agent_id AS agent, toUnixTimestamp64Milli(at) AS at, toString(subject_tokens[1]) AS token
     FROM access_events WHERE notEmpty(subject_tokens) ORDER BY cityHash64(event_id) LIMIT 1`,
    {},
  );
  return row as { readonly agent: string; readonly at: number; readonly token: string };
}

/** The agent whose exposure is asked for. */
const intruder = "bench-intruder";

/** Copies accesses, exposures and alerts until there are enough: other agents, other subjects, the same times. */
async function grow(writer: Writer, accessesMin: number): Promise<void> {
  const copies = await copiesFor(writer, "access_events", accessesMin);
  await writer.command(`INSERT INTO access_events
    SELECT * REPLACE (concat(agent_id, '-', toString(copy)) AS agent_id,
      concat(event_id, '-', toString(copy)) AS event_id,
      arrayMap(token -> reinterpretAsUUID(sipHash128(token, copy)), subject_tokens) AS subject_tokens)
    EXCEPT copy
    FROM (SELECT access_events.*, number + 1 AS copy FROM access_events CROSS JOIN numbers(${copies - 1}) AS copies)`);
  await writer.command(`INSERT INTO exposures
    SELECT * REPLACE (concat(agent_id, '-', toString(copy)) AS agent_id,
      reinterpretAsUUID(sipHash128(subject_token, copy)) AS subject_token)
    EXCEPT copy
    FROM (SELECT exposures.*, number + 1 AS copy FROM exposures CROSS JOIN numbers(${copies - 1}) AS copies)`);
  await writer.command(`INSERT INTO exposures
    SELECT * REPLACE ('${intruder}' AS agent_id,
      reinterpretAsUUID(sipHash128(toString(number))) AS subject_token)
    EXCEPT number
    FROM (SELECT exposures.*, number FROM (
      SELECT exposures.* FROM exposures WHERE exposure_kind != 'none' LIMIT 1) AS exposures
      CROSS JOIN numbers(${exposureSubjects}) AS numbers)`);
  const alertCopies = await copiesFor(writer, "alerts", alertsMin);
  await writer.command(`INSERT INTO alerts
    SELECT * REPLACE (concat(alert_id, '-', toString(copy)) AS alert_id) EXCEPT copy
    FROM (SELECT alerts.*, number + 1 AS copy FROM alerts CROSS JOIN numbers(${alertCopies - 1}) AS copies)`);
}

async function copiesFor(reader: Reader, table: string, rowsMin: number): Promise<number> {
  const [row] = await reader.query(`SELECT count() AS row_count FROM ${table}`, {});
  const { row_count } = row as { readonly row_count: number };
  if (row_count === 0) throw new Error(`the sample left nothing in ${table}`);
  return Math.ceil(rowsMin / row_count);
}
