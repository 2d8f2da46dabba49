/** `/v1/incidents`: the queue by incident, newest first. */
import { z } from "zod";
import { alertStatuses, severities } from "../../detectors/alert.ts";
import {
  type IncidentFilter,
  type IncidentSummary,
  listIncidents,
} from "../../detectors/store/incident-store.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { pageEnd, pageStart } from "../paging.ts";
import {
  choices,
  cursorText,
  firstInstant,
  idText,
  instant,
  isoTime,
  lastInstant,
  pageSize,
  rangeProblem,
  repeated,
} from "../parameters.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";
import { wholeFields } from "./incident.ts";

/** Agents that an item names, and detectors. */
const namesMax = 50;

const time = z.iso.datetime();
const incidentItem = z
  .object({
    incident_id: z.string(),
    time: time.meta({
      description:
        "When it was raised: the `time` of its first alert, which later ones leave as it is.",
    }),
    ...wholeFields,
    alert_count: z.int(),
    agent_ids: z
      .array(z.string())
      .meta({ description: `Involved in any alert: by name, the first ${namesMax}.` }),
    agents_truncated: z.boolean().meta({ description: `There are more than ${namesMax}.` }),
    detectors: z.array(z.string()).meta({ description: `By name, the first ${namesMax}.` }),
    detectors_truncated: z.boolean().meta({ description: `There are more than ${namesMax}.` }),
  })
  .meta({ id: "IncidentItem", description: "An incident, told by all of its alerts." });

const incidentPage = z
  .object({ items: z.array(incidentItem), next_cursor: z.string().nullable() })
  .meta({ id: "IncidentPage" });

const path = "/v1/incidents";
const filters = z.strictObject({
  status: choices(alertStatuses).meta({ description: "Any of these, separated by commas." }),
  severity_min: z.enum(severities).optional().meta({ description: "An alert is so, or worse." }),
  agent_id: repeated(idText).meta({ description: "Any of these agents is involved; repeatable." }),
  suppressed: z.enum(["true", "false"]).optional().meta({
    description: "Only those all of whose alerts fall under a suppression, or only the others.",
  }),
  from: instant.optional().meta({
    description: "With `to`: an alert has its `time` within. Inclusive.",
  }),
  to: instant.optional().meta({ description: "See `from`. Inclusive." }),
});

const position = z.tuple([z.number(), z.string()]).transform(([at, id]) => ({ time: at, id }));

const storeFilter = (filter: z.output<typeof filters>): IncidentFilter => ({
  statuses: filter.status ?? [],
  severities:
    filter.severity_min === undefined
      ? []
      : severities.slice(severities.indexOf(filter.severity_min)),
  agentIds: filter.agent_id ?? [],
  isSuppressed: filter.suppressed === undefined ? undefined : filter.suppressed === "true",
  from: filter.from ?? firstInstant,
  to: filter.to ?? lastInstant,
});

const placeOf = ({ time: at, incidentId }: IncidentSummary) => [at, incidentId];

const itemOf = (incident: IncidentSummary) => ({
  incident_id: incident.incidentId,
  time: isoTime(incident.time),
  first_event_time: isoTime(incident.firstEventTime),
  last_event_time: isoTime(incident.lastEventTime),
  severity: incident.severity,
  risk: incident.risk,
  status: incident.status,
  alert_count: incident.alertCount,
  agent_ids: incident.agentIds.slice(0, namesMax),
  agents_truncated: incident.agentIds.length > namesMax,
  detectors: incident.detectors.slice(0, namesMax),
  detectors_truncated: incident.detectors.length > namesMax,
});

type Query = z.output<typeof filters> & {
  readonly cursor?: string | undefined;
  readonly limit: number;
};

const startOf = ({ cursor, limit: _, ...filter }: Query) =>
  rangeProblem(filter) ?? pageStart({ list: path, filters: filter }, cursor, position);

export const incidentsRoute = ({ reader }: { readonly reader: Reader }): Route =>
  defineRoute({
    method: "get",
    path,
    summary: "List incidents",
    description:
      "By when they were raised, newest first: an alert that joins an incident leaves it where it stands, so that pages" +
      " miss none. Every filter is about the incident as a whole, as its item tells it; `from` alone finds what has" +
      " had an alert since. An alert without an incident, of which detection makes none, is in no item.",
    role: "viewer",
    params: noParams,
    query: filters.extend({ limit: pageSize, cursor: cursorText }),
    body: noBody,
    replies: { 200: { description: "One page.", schema: incidentPage } },
    problems: ["cursor_invalid", "cursor_mismatch"],
    // As the queue of alerts, it tells of nobody in particular.
    asks: ({ query }) =>
      query.agent_id && startOf(query).kind === "start" ? { agentIds: query.agent_id } : undefined,
    handle: async ({ query }) => {
      const { limit, cursor: _, ...filter } = query;
      const start = startOf(query);
      if (start.kind === "problem") return start;
      const found = await listIncidents(reader, storeFilter(filter), {
        after: start.after,
        limit: limit + 1,
        namesMax: namesMax + 1,
      });
      const page = pageEnd({ list: path, filters: filter, found, limit, placeOf });
      return json({ items: page.rows.map(itemOf), next_cursor: page.nextCursor });
    },
  });
