/** The analysts' questions over HTTP, and how long each takes. */
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { exposureSubjects, intruder, oneOf } from "./grown-store.ts";
import type { Service } from "./service.ts";

const dayMs = 86_400_000;
const pageRows = 1_000;

interface Page {
  readonly items: readonly unknown[];
  readonly next_cursor: string | null;
}

export const asked = ["alerts", "agent_day", "subject_accesses", "exposure"] as const;
export type Question = (typeof asked)[number];
/** The path of the first page of each. */
export type Questions = Readonly<Record<Question, string>>;

export async function questionsAbout(reader: Reader): Promise<Questions> {
  const { agent, at, token } = await oneOf(reader);
  const iso = (time: number) => new Date(time).toISOString();
  const ever = `from=${iso(0)}&to=${iso(4e12)}`;
  return {
    alerts: "/v1/alerts?limit=50",
    agent_day: `/v1/events?agent_id=${agent}&from=${iso(at - dayMs)}&to=${iso(at)}`,
    subject_accesses: `/v1/events?subject_token=${token}&${ever}`,
    exposure: `/v1/exposure/subjects?agent_id=${intruder}&limit=${pageRows}`,
  };
}

/** Ms from the question to the whole answer: one page of a list, every page of an exposure. */
export async function timeToAnswer(
  service: Service,
  questions: Questions,
  name: Question,
): Promise<number> {
  const from = performance.now();
  const path = questions[name];
  const found = name === "exposure" ? await everyPage(service, path) : await page(service, path);
  const ms = performance.now() - from;
  const isWhole = name === "exposure" ? found.length === exposureSubjects : found.length > 0;
  if (!isWhole) throw new Error(`${name}: the answer has ${found.length} items`);
  return ms;
}

/** Ms of a request that asks for nothing but whether the thread that ingests comes to it. */
export async function timeToNothing(service: Service): Promise<number> {
  const from = performance.now();
  await service.get("/livez");
  return performance.now() - from;
}

const page = async (service: Service, path: string) => ((await service.get(path)) as Page).items;

async function everyPage(service: Service, path: string): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (let cursor = ""; ; ) {
    const next = (await service.get(`${path}${cursor}`)) as Page;
    found.push(...next.items);
    if (next.next_cursor === null) return found;
    cursor = `&cursor=${next.next_cursor}`;
  }
}
