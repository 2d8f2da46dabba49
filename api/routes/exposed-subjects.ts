/** `/v1/exposure/subjects`: who the counts of `/v1/exposure` are, as tokens. */
import { z } from "zod";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { subjectTypes } from "../../ingest/vocabulary/event.ts";
import { exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import { pageEnd, pageStart } from "../paging.ts";
import { choices, cursorText, pageSizeUpTo, tokenText } from "../parameters.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";
import { type ExposedSubject, firstPlace, readExposedSubjects } from "./exposed-subject-page.ts";
import { askedIn, beginOf, exposureFilters, scopeProblem, scopeValues } from "./exposure-scope.ts";
import { retiredBefore, retiredBeforeField } from "./retired.ts";

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
  .object({
    items: z.array(subjectDocument),
    next_cursor: z.string().nullable(),
    retired_before: retiredBeforeField,
  })
  .meta({ id: "ExposedSubjectPage" });

const path = "/v1/exposure/subjects";
const filters = exposureFilters.extend({
  exposed: choices(exposureKinds).meta({ description: "Exposed in any of these ways." }),
});
const position = z
  .tuple([tokenText, z.string()])
  .transform(([token, tenant]) => ({ token, tenant }));

const placeOf = (subject: ExposedSubject) => [subject.subject_token, subject.tenant ?? ""];

export const exposedSubjectsRoute = ({ reader }: { readonly reader: Reader }): Route =>
  defineRoute({
    method: "get",
    path,
    summary: "List exposed subjects",
    description: "One item per subject and tenant, by token. The same bounds as /v1/exposure.",
    role: "viewer",
    params: noParams,
    query: filters.extend({ limit: pageSizeUpTo(1_000), cursor: cursorText }),
    body: noBody,
    replies: { 200: { description: "One page.", schema: subjectPage } },
    problems: ["cursor_invalid", "cursor_mismatch", "not_found", "limit_reached"],
    asks: ({ query: { limit: _, cursor, ...filter } }) =>
      pageStart({ list: path, filters: filter }, cursor, position).kind === "start"
        ? askedIn(filter)
        : undefined,
    handle: async ({ query: { limit, cursor, ...filter } }) => {
      const refused = scopeProblem(filter);
      if (refused !== undefined) return refused;
      const start = pageStart({ list: path, filters: filter }, cursor, position);
      if (start.kind === "problem") return start;
      const scope = scopeValues(filter);
      const begin = await beginOf(reader, scope);
      if (typeof begin !== "number") return begin;
      const kinds = filter.exposed ?? [];
      const after = start.after ?? firstPlace;
      const [found, retired] = await Promise.all([
        readExposedSubjects(reader, { ...scope, kinds, after, limit: limit + 1 }),
        retiredBefore(reader, begin),
      ]);
      const page = pageEnd({ list: path, filters: filter, found, limit, placeOf });
      return json({
        items: page.rows,
        next_cursor: page.nextCursor,
        retired_before: retired,
      });
    },
  });
