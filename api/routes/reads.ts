/** `/v1/reads`: who asked what of whom through this API. */
import { z } from "zod";
import { type Asked, listReads, type StoredRead } from "../../detectors/store/read-store.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import type { StatementMac } from "../../ingest/ledger/statement-mac.ts";
import { pageEnd, pageStart } from "../paging.ts";
import {
  cursorText,
  firstInstant,
  idText,
  instant,
  isoTime,
  isoTimeOrNull,
  lastInstant,
  pageSize,
  rangeProblem,
  repeated,
  tokenText,
} from "../parameters.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";

interface ReadsDeps {
  readonly reader: Reader;
  readonly mac: Pick<StatementMac, "isAuthentic">;
}

const readDocument = z
  .object({
    request_id: z.string(),
    time: z.iso.datetime(),
    principal: z.string().meta({ description: "`key:<key_id>`, or `bootstrap`." }),
    role: z.string(),
    route: z.string(),
    agent_ids: z.array(z.string()),
    session_ids: z.array(z.string()),
    subject_tokens: z.array(tokenText),
    tenants: z.array(z.string()),
    alert_id: z.string().nullable(),
    incident_id: z.string().nullable(),
    from: z.iso.datetime().nullable(),
    to: z.iso.datetime().nullable(),
    reason: z.string().nullable().meta({ description: "Why, where an identifier was revealed." }),
    authentic: z.boolean().meta({ description: "false: the service did not write it as it is." }),
  })
  .meta({ id: "Read", description: "Who was asked about; empty lists: nobody in particular." });
const readPage = z
  .object({ items: z.array(readDocument), next_cursor: z.string().nullable() })
  .meta({ id: "ReadPage" });

const path = "/v1/reads";
const filters = z.strictObject({
  principal: repeated(idText).meta({ description: "Asked by any of these; repeatable." }),
  agent_id: repeated(idText).meta({ description: "About any of these agents; repeatable." }),
  subject_token: repeated(tokenText).meta({ description: "About any of these subjects." }),
  alert_id: idText.optional().meta({ description: "About this alert." }),
  incident_id: idText.optional().meta({ description: "About this incident." }),
  from: instant.optional().meta({ description: "Earliest time of asking, inclusive." }),
  to: instant.optional().meta({ description: "Latest time of asking, inclusive." }),
});

const position = z.tuple([z.number(), z.string()]).transform(([at, id]) => ({ at, id }));
const placeOf = ({ at, requestId }: StoredRead) => [at, requestId];

const textOrNull = (text: string): string | null => (text === "" ? null : text);

const documentOf = (read: StoredRead) => ({
  request_id: read.requestId,
  time: isoTime(read.at),
  principal: read.principal,
  role: read.role,
  route: read.route,
  agent_ids: read.agentIds,
  session_ids: read.sessionIds,
  subject_tokens: read.subjectTokens,
  tenants: read.tenants,
  alert_id: textOrNull(read.alertId),
  incident_id: textOrNull(read.incidentId),
  from: isoTimeOrNull(read.from),
  to: isoTimeOrNull(read.to),
  reason: textOrNull(read.reason),
  authentic: read.isAuthentic,
});

type Query = z.output<typeof filters> & { readonly cursor?: string | undefined };

const startOf = ({ cursor, ...filter }: Query) =>
  rangeProblem(filter) ?? pageStart({ list: path, filters: filter }, cursor, position);

/** Whoever asked is asked about, as an agent would be; `undefined`: the request is refused. */
const askedIn = (query: Query): Partial<Asked> | undefined =>
  startOf(query).kind === "problem"
    ? undefined
    : {
        agentIds: [...(query.agent_id ?? []), ...(query.principal ?? [])],
        subjectTokens: query.subject_token ?? [],
        alertId: query.alert_id ?? "",
        incidentId: query.incident_id ?? "",
        from: query.from ?? null,
        to: query.to ?? null,
      };

export const readsRoute = (deps: ReadsDeps): Route =>
  defineRoute({
    method: "get",
    path,
    summary: "List who asked what of whom",
    description:
      "Newest first: every request that names agents, sessions, tenants, subjects, an alert, an incident or a range of" +
      " exposures and is not refused. It is on record, as part of the ledger, before it is answered; asking here is on record too.",
    role: "admin",
    params: noParams,
    query: filters.extend({ limit: pageSize, cursor: cursorText }),
    body: noBody,
    replies: { 200: { description: "One page.", schema: readPage } },
    problems: ["cursor_invalid", "cursor_mismatch"],
    asks: ({ query }) => askedIn(query),
    handle: async ({ query: { limit, ...query } }) => {
      const { cursor: _, ...filter } = query;
      const start = startOf(query);
      if (start.kind === "problem") return start;
      const found = await listReads(deps, {
        principals: filter.principal ?? [],
        agentIds: filter.agent_id ?? [],
        subjectTokens: filter.subject_token ?? [],
        alertId: filter.alert_id ?? "",
        incidentId: filter.incident_id ?? "",
        from: filter.from ?? firstInstant,
        to: filter.to ?? lastInstant,
        after: start.after,
        limit: limit + 1,
      });
      const page = pageEnd({ list: path, filters: filter, found, limit, placeOf });
      return json({ items: page.rows.map(documentOf), next_cursor: page.nextCursor });
    },
  });
