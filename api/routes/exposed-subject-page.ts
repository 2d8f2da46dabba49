/**
 * One page of exposed subjects. Where the scope names agents, sessions or an incident, their accesses are read and no others;
 * elsewhere exposures are read in the order in which they lie, as far as the page needs them.
 */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { subjectTypes } from "../../ingest/vocabulary/event.ts";
import { type ExposureKind, exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import { isoTime, tokenText } from "../parameters.ts";
import { exposureTables, inScope, type Scope, scopeParams, sideOf } from "./exposure-scope.ts";

const subjectRow = z
  .object({
    token: tokenText,
    type: z.enum(subjectTypes),
    tenant_name: z.string(),
    kinds: z.array(z.enum(exposureKinds)),
    first_ms: z.coerce.number(),
    last_ms: z.coerce.number(),
    event_count: z.coerce.number(),
  })
  .transform((row) => ({
    subject_token: row.token,
    type: row.type,
    tenant: row.tenant_name === "" ? null : row.tenant_name,
    exposed: exposureKinds.filter((kind: ExposureKind) => row.kinds.includes(kind)),
    first_time: isoTime(row.first_ms),
    last_time: isoTime(row.last_ms),
    event_count: row.event_count,
  }));
export type ExposedSubject = z.output<typeof subjectRow>;

/** Before the first and after the last token, in the engine's order of UUIDs. */
const firstToken = "00000000-0000-0000-0000-000000000000";
const lastToken = "ffffffff-ffff-ffff-ffff-ffffffffffff";
export const firstPlace = { token: firstToken, tenant: "" };

const pageFrom = (table: string) =>
  defineQuery({
    name: "exposures.subjects",
    sql: `SELECT toString(subject_token) AS token, toString(any(subject_type)) AS type,
  toString(tenant) AS tenant_name, groupUniqArray(toString(exposure_kind)) AS kinds,
  toUnixTimestamp64Milli(min(at)) AS first_ms, toUnixTimestamp64Milli(max(at)) AS last_ms,
  count() AS event_count
FROM ${table}
WHERE ${inScope}
  AND subject_token >= {after_token:UUID} AND subject_token <= {until_token:UUID}
  AND (subject_token, tenant) > ({after_token:UUID}, {after_tenant:String})
GROUP BY subject_token, tenant
HAVING empty({kinds:Array(String)}) OR hasAny(kinds, {kinds:Array(String)})
ORDER BY subject_token, tenant
LIMIT {limit:UInt32}`,
    params: scopeParams.extend({
      kinds: z.array(z.string()),
      after_token: z.string(),
      after_tenant: z.string(),
      until_token: z.string(),
      limit: z.number(),
    }),
    row: subjectRow,
  });
const pages = {
  ofAgents: pageFrom(exposureTables.ofAgents),
  ofSubjects: pageFrom(exposureTables.ofSubjects),
  ofIncident: pageFrom(exposureTables.ofIncident),
};

/** The subject of the exposure that comes so many rows later; none: there are not so many. */
const tokenAhead = defineQuery({
  name: "exposures.token_ahead",
  sql: `SELECT toString(subject_token) AS token
FROM exposures
WHERE ${inScope} AND subject_token >= {after_token:UUID}
  AND (empty({kinds:Array(String)}) OR exposure_kind IN {kinds:Array(String)})
ORDER BY subject_token
LIMIT 1 OFFSET {rows:UInt32}`,
  params: scopeParams.extend({
    kinds: z.array(z.string()),
    after_token: z.string(),
    rows: z.number(),
  }),
  row: z.object({ token: tokenText }),
});

interface PageQuestion extends Scope {
  /** Subjects that were exposed in any of these ways, each with every way; none: all. */
  readonly kinds: readonly string[];
  readonly after: typeof firstPlace;
  readonly limit: number;
}

/** A page of `limit` subjects is likely found among so many exposures for each. */
const rowsPerSubject = 16;

/** The next subjects in an order of their own; fewer than `limit` only at the end. Also what the benches ask. */
export async function readExposedSubjects(
  reader: Reader,
  { kinds, after, limit, ...scope }: PageQuestion,
): Promise<readonly ExposedSubject[]> {
  const start = { ...scope, kinds: [...kinds], after_token: after.token };
  const read = (until: string) =>
    pages[sideOf(scope)](reader, {
      ...start,
      after_tenant: after.tenant,
      until_token: until,
      limit,
    });
  if (sideOf(scope) !== "ofSubjects") return read(lastToken);
  const [ahead] = await tokenAhead(reader, { ...start, rows: limit * rowsPerSubject });
  const near = await read(ahead?.token ?? lastToken);
  return ahead === undefined || near.length === limit ? near : read(lastToken);
}
