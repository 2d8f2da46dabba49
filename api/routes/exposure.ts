/**
 * `/v1/exposure`: how many distinct subjects were searched, displayed, revealed and exported. Exact counts,
 * each way apart from the others: a subject that was searched and then opened counts in both.
 */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { subjectTypes } from "../../ingest/vocabulary/event.ts";
import { isoTimeOrNull } from "../parameters.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";
import {
  askedIn,
  beginOf,
  exposureFilters,
  exposureTables,
  inScope,
  scopeParams,
  scopeProblem,
  scopeValues,
  sideOf,
} from "./exposure-scope.ts";
import { retiredBefore, retiredBeforeField } from "./retired.ts";

/** Tenants in one answer; beyond it the ones with the fewest subjects are left out. */
const tenantsMax = 1_000;

const counts = { searched: z.int(), displayed: z.int(), revealed: z.int(), exported: z.int() };
const byType = z
  .array(z.object({ type: z.enum(subjectTypes), ...counts }))
  .meta({ description: "The same, by type of subject." });

const exposureDocument = z
  .object({
    from: z.iso.datetime().nullable().meta({ description: "null: from the first event." }),
    to: z.iso.datetime().nullable().meta({ description: "null: to the last event." }),
    retired_before: retiredBeforeField,
    total: z.object({ ...counts, by_type: byType }),
    tenants: z
      .array(z.object({ tenant: z.string().nullable(), ...counts, by_type: byType }))
      .meta({ description: "By customer organisation; null: subjects without one." }),
    tenants_truncated: z.boolean(),
  })
  .meta({
    id: "Exposure",
    description: "Distinct subjects by the way in which they were exposed.",
  });

const countRow = z.object({
  all_tenants: z.coerce.number(),
  all_types: z.coerce.number(),
  tenant: z.string(),
  type: z.union([z.literal(""), z.enum(subjectTypes)]),
  searched: z.coerce.number(),
  displayed: z.coerce.number(),
  revealed: z.coerce.number(),
  exported: z.coerce.number(),
});
type CountRow = z.output<typeof countRow>;

/**
 * One pass: by (tenant, type), by tenant, by type, in total. A token does not contain the tenant, so the
 * total counts a subject of two tenants once.
 */
const countsFrom = (table: string) =>
  defineQuery({
    name: "exposures.counts",
    sql: `SELECT grouping(tenant_name) AS all_tenants, grouping(type_name) AS all_types,
  tenant_name AS tenant, type_name AS type,
  uniqExactIf(subject_token, kind = 'searched') AS searched,
  uniqExactIf(subject_token, kind = 'displayed') AS displayed,
  uniqExactIf(subject_token, kind = 'revealed') AS revealed,
  uniqExactIf(subject_token, kind = 'exported') AS exported
FROM (SELECT toString(tenant) AS tenant_name, toString(subject_type) AS type_name, subject_token,
    exposure_kind AS kind
  FROM ${table} WHERE ${inScope})
GROUP BY GROUPING SETS ((tenant_name, type_name), (tenant_name), (type_name), ())
ORDER BY all_tenants DESC, all_types DESC, uniqExact(subject_token) DESC, tenant, type
LIMIT {rows:UInt32}`,
    params: scopeParams.extend({ rows: z.number() }),
    row: countRow,
  });
const exposureCounts = {
  ofAgents: countsFrom(exposureTables.ofAgents),
  ofSubjects: countsFrom(exposureTables.ofSubjects),
  ofIncident: countsFrom(exposureTables.ofIncident),
};

const countsOf = ({ searched, displayed, revealed, exported }: CountRow) => ({
  searched,
  displayed,
  revealed,
  exported,
});

const nothing = { searched: 0, displayed: 0, revealed: 0, exported: 0 };

/** By type, in the vocabulary's order. */
const typesOf = (rows: readonly CountRow[]) =>
  subjectTypes.flatMap((type) => {
    const row = rows.find((candidate) => candidate.type === type);
    return row === undefined ? [] : [{ type, ...countsOf(row) }];
  });

function exposureOf(rows: readonly CountRow[]) {
  const ofAll = rows.filter((row) => row.all_tenants === 1);
  const total = ofAll.find((row) => row.all_types === 1);
  const ofTenants = new Map<string, CountRow[]>();
  for (const row of rows.filter((candidate) => candidate.all_tenants === 0)) {
    ofTenants.set(row.tenant, [...(ofTenants.get(row.tenant) ?? []), row]);
  }
  const tenants = [...ofTenants].flatMap(([tenant, own]) => {
    const row = own.find((candidate) => candidate.all_types === 1);
    if (row === undefined) return [];
    return [{ tenant: tenant === "" ? null : tenant, ...countsOf(row), by_type: typesOf(own) }];
  });
  return {
    total: { ...(total === undefined ? nothing : countsOf(total)), by_type: typesOf(ofAll) },
    tenants: tenants.slice(0, tenantsMax),
    tenants_truncated: tenants.length > tenantsMax,
  };
}

export const exposureRoute = ({ reader }: { readonly reader: Reader }): Route =>
  defineRoute({
    method: "get",
    path: "/v1/exposure",
    summary: "Count exposed subjects",
    description:
      "Distinct subjects that were searched, displayed, revealed or exported, in total, by tenant" +
      " and by type; exact. Needs agents, sessions, tenants, an incident or a time range.",
    role: "viewer",
    params: noParams,
    query: exposureFilters,
    body: noBody,
    replies: { 200: { description: "The counts.", schema: exposureDocument } },
    problems: ["not_found", "limit_reached"],
    asks: ({ query }) => askedIn(query),
    handle: async ({ query }) => {
      const refused = scopeProblem(query);
      if (refused !== undefined) return refused;
      // One more tenant than is shown, each with its types, and the totals.
      const rows = (tenantsMax + 2) * (subjectTypes.length + 1);
      const scope = scopeValues(query);
      const begin = await beginOf(reader, scope);
      if (typeof begin !== "number") return begin;
      const [found, retired] = await Promise.all([
        exposureCounts[sideOf(scope)](reader, { ...scope, rows }),
        retiredBefore(reader, begin),
      ]);
      return json({
        from: isoTimeOrNull(query.from),
        to: isoTimeOrNull(query.to),
        retired_before: retired,
        ...exposureOf(found),
      });
    },
  });
