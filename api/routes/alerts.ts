/** `/v1/alerts`: the queue, newest first. */
import { z } from "zod";
import { alertLanes, alertSchema, alertStatuses, severities } from "../../detectors/alert.ts";
import {
  type AlertFilter,
  type EffectiveAlert,
  listAlerts,
} from "../../detectors/store/alert-store.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { pageEnd, pageStart } from "../paging.ts";
import {
  choices,
  cursorText,
  firstInstant,
  idText,
  instant,
  lastInstant,
  pageSize,
  rangeProblem,
  repeated,
} from "../parameters.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";

export const alertDocument = alertSchema.meta({
  id: "Alert",
  description: "An alert under the analysts' last action. The contract is `alert.schema.json`.",
});

const alertPage = z
  .object({ items: z.array(alertDocument), next_cursor: z.string().nullable() })
  .meta({ id: "AlertPage" });

const path = "/v1/alerts";
const filters = z.strictObject({
  status: choices(alertStatuses).meta({ description: "Any of these, separated by commas." }),
  severity: choices(severities).meta({ description: "Exactly any of these." }),
  severity_min: z.enum(severities).optional().meta({ description: "This one or worse." }),
  lane: choices(alertLanes),
  agent_id: repeated(idText).meta({ description: "Any of these agents is involved; repeatable." }),
  detector: repeated(idText).meta({ description: "Any of these contributed; repeatable." }),
  incident_id: idText.optional().meta({
    description: "Only those of this incident: its story, newest first.",
  }),
  suppressed: z
    .enum(["true", "false"])
    .optional()
    .meta({ description: "Only those that fall under a suppression, or only those that do not." }),
  suppression_id: idText.optional().meta({ description: "Only those that fall under this one." }),
  from: instant.optional().meta({ description: "Earliest `time`, inclusive." }),
  to: instant.optional().meta({ description: "Latest `time`, inclusive." }),
});

const position = z.tuple([z.number(), z.string()]).transform(([time, id]) => ({ time, id }));

function storeFilter(filter: z.output<typeof filters>): AlertFilter {
  return {
    statuses: filter.status ?? [],
    severities: wantedSeverities(filter),
    lanes: filter.lane ?? [],
    agentIds: filter.agent_id ?? [],
    detectors: filter.detector ?? [],
    isSuppressed: filter.suppressed === undefined ? undefined : filter.suppressed === "true",
    suppressionId: filter.suppression_id,
    incidentId: filter.incident_id,
    from: filter.from ?? firstInstant,
    to: filter.to ?? lastInstant,
  };
}

/** Severities that satisfy both parameters; none is left: no alert can match. */
function wantedSeverities({ severity, severity_min: least }: z.output<typeof filters>) {
  const atLeast = least === undefined ? severities : severities.slice(severities.indexOf(least));
  return atLeast.filter((name) => severity === undefined || severity.includes(name));
}

const placeOf = ({ alert }: EffectiveAlert) => [Date.parse(alert.time), alert.alert_id];

type Query = z.output<typeof filters> & {
  readonly cursor?: string | undefined;
  readonly limit: number;
};

const startOf = ({ cursor, limit: _, ...filter }: Query) =>
  rangeProblem(filter) ?? pageStart({ list: path, filters: filter }, cursor, position);

export const alertsRoute = ({ reader }: { readonly reader: Reader }): Route =>
  defineRoute({
    method: "get",
    path,
    summary: "List alerts",
    description: "By `time`, newest first. `status` is the analysts' last; open if there is none.",
    role: "viewer",
    params: noParams,
    query: filters.extend({ limit: pageSize, cursor: cursorText }),
    body: noBody,
    replies: { 200: { description: "One page.", schema: alertPage } },
    problems: ["cursor_invalid", "cursor_mismatch"],
    // The queue tells of nobody in particular.
    asks: ({ query }) =>
      query.agent_id && startOf(query).kind === "start" ? { agentIds: query.agent_id } : undefined,
    handle: async ({ query }) => {
      const { limit, cursor: _, ...filter } = query;
      const start = startOf(query);
      if (start.kind === "problem") return start;
      const wanted = storeFilter(filter);
      if (wanted.severities.length === 0) return json({ items: [], next_cursor: null });
      const found = await listAlerts(reader, wanted, { after: start.after, limit: limit + 1 });
      const page = pageEnd({ list: path, filters: filter, found, limit, placeOf });
      return json({ items: page.rows.map(({ alert }) => alert), next_cursor: page.nextCursor });
    },
  });
