/** What analysts wait for: four questions as the API asks them, over a grown store. */

import { readAccessEvents } from "../../api/routes/access-events.ts";
import { firstPlace, readExposedSubjects } from "../../api/routes/exposed-subject-page.ts";
import { listAlerts } from "../../detectors/store/alert-store.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { type BenchRow, cost, median } from "./bench-row.ts";
import {
  exposureSubjects,
  type Grown,
  grow,
  intruder,
  oneOf,
  widestTenant,
} from "./grown-store.ts";

const rounds = 15;
const dayMs = 86_400_000;
const pageRows = 50;
/** What a person takes for "at once": Nielsen 1993. */
const msMax = 100;
/** The queue is what they look at all day: at the 99th percentile. */
const alertsMsMax = 50;
const alertRounds = 300;
/** A whole exposure, page by page to its end, as it is asked for the first time and later. */
const exposureMsMax = 2_000;
const exposurePageRows = 1_000;
const exposureRounds = 3;

export async function benchQueries({ reader, ...growth }: Grown): Promise<BenchRow[]> {
  await grow({ reader, ...growth });
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
  return [...rows, ...(await exposures(reader, place.at))];
}

type Scope = Partial<Omit<Parameters<typeof readExposedSubjects>[1], "kinds" | "after" | "limit">>;

/** By whatever an exposure can be asked by, always as many subjects. */
async function exposures(reader: Reader, at: number): Promise<BenchRow[]> {
  const scopes = {
    exposure: { agents: [intruder] },
    exposure_session: { sessions: [intruder] },
    exposure_tenant: { tenants: [await widestTenant(reader)] },
    exposure_day: { from: at - dayMs, to: at },
  } as const satisfies Readonly<Record<string, Scope>>;
  const pages = Math.ceil(exposureSubjects / exposurePageRows);
  const rows: BenchRow[] = [];
  for (const [name, scope] of Object.entries(scopes)) {
    const limit = {
      name: `${pages} times SELECT 1 and back`,
      value: pages * (await latency(() => reader.query("SELECT 1 AS one", {}))),
    };
    const ask = () => readExposure(reader, scope);
    const [first = Number.NaN, ...again] = await latencies(ask, exposureRounds);
    const row = (suffix: string, value: number) =>
      cost({ name: `query.${name}${suffix}`, value, unit: "ms", target: exposureMsMax, limit });
    rows.push(row("", first), row("_again", median(again)));
  }
  return rows;
}

/** As many subjects of the exposure as whoever pages through `/v1/exposure/subjects` reads. */
async function readExposure(reader: Reader, scope: Scope): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  let after = firstPlace;
  while (found.length < exposureSubjects) {
    const page = await readExposedSubjects(reader, {
      ...everything,
      ...scope,
      kinds: [],
      after,
      limit: exposurePageRows,
    });
    const last = page.at(-1);
    if (last === undefined) throw new Error("too few subjects: take more accesses");
    found.push(...page);
    after = { token: last.subject_token, tenant: last.tenant ?? "" };
  }
  return found;
}

const everything = { from: 0, to: 4e12, agents: [], sessions: [], tenants: [], incident: "" };

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
