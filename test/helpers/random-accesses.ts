/** Random accesses, whom they exposed as the vocabulary says it, and what the API has to answer about any part of them. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { grouped } from "../../ingest/runtime/grouped.ts";
import { createRandom } from "../../ingest/simulator/random.ts";
import { exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import type { Api } from "../fixtures/api/api-harness.ts";
import { auditConfig, auditStoreOf, rangeOf, recordsOf, soon } from "./audit-store.ts";

const random = createRandom("exposure-scopes");
const pick = <Value>(values: readonly Value[]): Value =>
  values[Math.floor(random.between(0, values.length))] as Value;
const tokenizer = createTokenizer(parseKey("DESKWATCH_TOKEN_KEY", auditConfig.tokenKey));
/** Over the end of a month. */
const start = Date.parse("2026-01-29T00:00:00.000Z");
const minuteMs = 60_000;
const dayMs = 86_400_000;
const eventCount = 3_000;
const perInsert = 500;

/** Few are looked at again and again, so that a page of subjects lies far apart. */
const subjectOf = () => {
  const often = random.between(0, 1) < 0.5;
  const id = often ? `often-${pick([1, 2, 3])}` : `seldom-${Math.floor(random.between(0, 400))}`;
  const tenant = pick(["t1", "t2", ""]);
  return { type: "account", id, ...(tenant !== "" && { tenant }) };
};

const eventOf = (at: number) => {
  const agent = Math.floor(random.between(0, 8));
  const action = pick(["view", "list", "search", "reveal", "export", "login"]);
  return {
    kind: "access",
    event_id: `e${at}`,
    time: new Date(start + at * minuteMs).toISOString(),
    agent: { id: `a${agent}` },
    // A session is not one agent's alone, and not every event has one.
    ...(agent > 0 && { session: { id: `s${Math.floor(random.between(0, 12))}` } }),
    action,
    outcome: pick(["success", "success", "denied", "not_found"]),
    ...(action === "search" && { search: { kind: pick(["exact", "prefix"]) } }),
    // The same one may be named twice.
    subjects: Array.from({ length: Math.floor(random.between(0, 5)) }, subjectOf),
  };
};
type Event = ReturnType<typeof eventOf>;
const events = Array.from({ length: eventCount }, (_, at) => eventOf(at));

export async function storeAccesses(target: Store): Promise<void> {
  const audit = auditStoreOf(target);
  await audit.warm();
  for (let from = 0; from < events.length; from += perInsert) {
    const records = recordsOf("kafka:a", from, events.slice(from, from + perInsert));
    await audit.insertRanges([
      { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
    ]);
  }
}

/** As the vocabulary says it: only an exact search exposes whatever its outcome. */
function kindOf({ action, outcome, search }: Event): (typeof exposureKinds)[number] | undefined {
  if (action === "search" && search?.kind === "exact") return "searched";
  if (outcome !== "success" || action === "login") return undefined;
  if (action === "reveal") return "revealed";
  return action === "export" ? "exported" : "displayed";
}

export const exposures = events.flatMap((event) => {
  const kind = kindOf(event);
  if (kind === undefined) return [];
  const named = new Map(event.subjects.map((subject) => [JSON.stringify(subject), subject]));
  return [...named.values()].map(({ id, tenant }) => ({
    token: tokenizer.identify("account", id).token,
    tenant: tenant ?? null,
    kind,
    time: event.time,
    eventId: event.event_id,
    agent: event.agent.id,
    session: event.session?.id,
  }));
});
export type Exposure = (typeof exposures)[number];

const countsOf = (found: readonly Exposure[]) =>
  Object.fromEntries(
    exposureKinds.map((way) => [
      way,
      new Set(found.filter(({ kind }) => kind === way).map(({ token }) => token)).size,
    ]),
  );

interface Subject {
  readonly subject_token: string | undefined;
  readonly tenant: string | null | undefined;
}
const byPlace = (items: readonly Subject[]) =>
  grouped(items, ({ subject_token: token, tenant }) => `${token} ${tenant}`);

function subjectsOf(found: readonly Exposure[], ways: readonly string[]) {
  return [...grouped(found, ({ token, tenant }) => `${token} ${tenant}`).values()]
    .map((own) => {
      const times = own.map(({ time }) => time).sort();
      return {
        subject_token: own[0]?.token,
        type: "account",
        tenant: own[0]?.tenant,
        exposed: exposureKinds.filter((way) => own.some(({ kind }) => kind === way)),
        first_time: times[0],
        last_time: times.at(-1),
        event_count: own.length,
      };
    })
    .filter(({ exposed }) => ways.length === 0 || exposed.some((way) => ways.includes(way)));
}

async function everySubject(api: Api, path: string) {
  const items: Subject[] = [];
  const lengths: number[] = [];
  for (let cursor = ""; ; ) {
    const { status, body } = await api.call("get", `${path}${cursor}`);
    expect(status).toBe(200);
    items.push(...body.items);
    lengths.push(body.items.length);
    if (body.next_cursor === null) return { items, lengths };
    cursor = `&cursor=${body.next_cursor}`;
  }
}

/** So many days after the first access. */
export const day = (number: number): string => new Date(start + number * dayMs).toISOString();

const pages = [
  { ways: [], limit: 200 },
  { ways: [], limit: 23 },
  { ways: ["searched", "exported"], limit: 23 },
  { ways: ["revealed"], limit: 60 },
] as const;

async function checkCounts(api: Api, query: string, own: readonly Exposure[]): Promise<void> {
  const { body } = await api.call("get", `/v1/exposure?${query}`);
  expect([query, body.total]).toMatchObject([query, countsOf(own)]);
  expect(body.tenants).toHaveLength(new Set(own.map(({ tenant }) => tenant)).size);
  for (const { tenant, ...counts } of body.tenants) {
    expect(counts).toMatchObject(countsOf(own.filter((exposure) => exposure.tenant === tenant)));
  }
}

/** `query`: with any of the filters; `own`: the exposures that are meant. Counts, and lists by every way and page size. */
export async function checkExposure(
  api: Api,
  query: string,
  own: readonly Exposure[],
): Promise<void> {
  await checkCounts(api, query, own);
  for (const { ways, limit } of pages) {
    const named = ways.length === 0 ? "" : `&exposed=${ways.join(",")}`;
    const path = `/v1/exposure/subjects?${query}${named}&limit=${limit}`;
    const { items, lengths } = await everySubject(api, path);
    expect([path, byPlace(items)]).toEqual([path, byPlace(subjectsOf(own, ways))]);
    // Only the last page may be short.
    expect(lengths.slice(0, -1).filter((length) => length !== limit)).toEqual([]);
  }
}
