/** `/v1/exposure/subjects`: who the counts of `/v1/exposure` are, as tokens. */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { subjectTypes } from "../../ingest/vocabulary/event.ts";
import { type ExposureKind, exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import { pageEnd, pageStart } from "../paging.ts";
import { choices, cursorText, isoTime, pageSize, tokenText } from "../parameters.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";
import {
  exposureFilters,
  inScope,
  scopeParams,
  scopeProblem,
  scopeValues,
} from "./exposure-scope.ts";

const subjectDocument = z
  .object({
    subject_token: tokenText,
    type: z.enum(subjectTypes),
    tenant: z.string().nullable(),
    exposed: z.array(z.enum(exposureKinds)).meta({ description: "Every way, in rising gravity." }),
    first_time: z.iso.datetime(),
    last_time: z.iso.datetime(),
    event_count: z.int(),
  })
  .meta({ id: "ExposedSubject" });
const subjectPage = z
  .object({ items: z.array(subjectDocument), next_cursor: z.string().nullable() })
  .meta({ id: "ExposedSubjectPage" });

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

/** One page; also what the benches ask. */
export const readExposedSubjects = defineQuery({
  name: "exposures.subjects",
  sql: `SELECT token, any(subject_type_name) AS type, tenant_name,
  groupUniqArray(kind) AS kinds, min(ms) AS first_ms, max(ms) AS last_ms, count() AS event_count
FROM (SELECT toString(subject_token) AS token, toString(subject_type) AS subject_type_name,
    toString(tenant) AS tenant_name, toString(exposure_kind) AS kind,
    toUnixTimestamp64Milli(at) AS ms
  FROM exposures WHERE ${inScope})
WHERE (token, tenant_name) > ({after_token:String}, {after_tenant:String})
GROUP BY token, tenant_name
HAVING empty({kinds:Array(String)}) OR hasAny(kinds, {kinds:Array(String)})
ORDER BY token, tenant_name
LIMIT {limit:UInt32}`,
  params: scopeParams.extend({
    kinds: z.array(z.string()),
    after_token: z.string(),
    after_tenant: z.string(),
    limit: z.number(),
  }),
  row: subjectRow,
});

const filters = exposureFilters.extend({
  exposed: choices(exposureKinds).meta({ description: "Exposed in any of these ways." }),
});
const position = z
  .tuple([z.string(), z.string()])
  .transform(([token, tenant]) => ({ token, tenant }));

const placeOf = (subject: z.output<typeof subjectRow>) => [
  subject.subject_token,
  subject.tenant ?? "",
];

export const exposedSubjectsRoute = ({ reader }: { readonly reader: Reader }): Route =>
  defineRoute({
    method: "get",
    path: "/v1/exposure/subjects",
    summary: "List exposed subjects",
    description: "One item per subject and tenant, by token. The same bounds as /v1/exposure.",
    role: "viewer",
    params: noParams,
    query: filters.extend({ limit: pageSize, cursor: cursorText }),
    body: noBody,
    replies: { 200: { description: "One page.", schema: subjectPage } },
    problems: ["cursor_invalid", "cursor_mismatch"],
    handle: async ({ query: { limit, cursor, ...filter } }) => {
      const refused = scopeProblem(filter);
      if (refused !== undefined) return refused;
      const start = pageStart(filter, cursor, position);
      if (start.kind === "problem") return start;
      const found = await readExposedSubjects(reader, {
        ...scopeValues(filter),
        kinds: filter.exposed ?? [],
        after_token: start.after?.token ?? "",
        after_tenant: start.after?.tenant ?? "",
        limit: limit + 1,
      });
      const page = pageEnd({ found, limit, filters: filter, placeOf });
      return json({ items: page.rows, next_cursor: page.nextCursor });
    },
  });
