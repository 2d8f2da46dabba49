/** `/v1/incidents/{incident_id}`: alerts that belong together, as one story in the order of time. */
import { z } from "zod";
import { type Alert, alertStatuses, severities } from "../../detectors/alert.ts";
import { listIncident } from "../../detectors/store/incident-store.ts";
import { agentsOf } from "../../detectors/suppression/suppression.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { idText } from "../parameters.ts";
import { type Problem, problem } from "../problem.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, type Route } from "../route.ts";
import { alertDocument } from "./alerts.ts";

/** Alerts of a story, the first ones. */
export const storyMax = 500;

const time = z.iso.datetime();
/** What an incident is as a whole. */
export const wholeFields = {
  first_event_time: time,
  last_event_time: time,
  severity: z.enum(severities).meta({ description: "Of its worst alert." }),
  risk: z.number().meta({ description: "Of its riskiest alert." }),
  status: z
    .enum(alertStatuses)
    .meta({ description: "`open` while one alert is, else `acknowledged` while one is." }),
};

const incidentDocument = z
  .object({
    incident_id: z.string(),
    ...wholeFields,
    agent_ids: z.array(z.string()).meta({ description: "Everybody involved." }),
    session_ids: z.array(z.string()),
    detectors: z.array(z.string()),
    story: z.array(alertDocument).meta({
      description: "By `first_event_time`. Each alert counts whom itself exposed.",
    }),
    story_truncated: z.boolean().meta({
      description: `There are more than ${storyMax} alerts, and what is told is of the first ones.`,
    }),
  })
  .meta({ id: "Incident", description: "Alerts that belong together." });

export const unknownIncident = (): Problem =>
  problem("not_found", "There is no incident with this id.");

export const incidentRoute = ({ reader }: { readonly reader: Reader }): Route =>
  defineRoute({
    method: "get",
    path: "/v1/incidents/{incident_id}",
    summary: "Read one incident",
    description:
      "Its alerts in the order in which what they tell of began: of one session, one agent, one new place, one" +
      " campaign against a customer or one chain of look-up and takeover.",
    role: "viewer",
    params: z.strictObject({ incident_id: idText }),
    query: z.strictObject({}),
    body: noBody,
    replies: { 200: { description: "The incident.", schema: incidentDocument } },
    problems: ["not_found"],
    asks: ({ params: { incident_id: incidentId } }) => ({ incidentId }),
    handle: async ({ params: { incident_id: id } }) => {
      const found = await listIncident(reader, id, storyMax + 1);
      const [first, ...others] = found.slice(0, storyMax).map(({ alert }) => alert);
      if (first === undefined) return unknownIncident();
      return json(incidentOf(id, [first, ...others], found.length > storyMax));
    },
  });

type Story = readonly [Alert, ...Alert[]];

function incidentOf(id: string, story: Story, isTruncated: boolean) {
  return {
    incident_id: id,
    first_event_time: story[0].first_event_time,
    last_event_time: story.map((alert) => alert.last_event_time).reduce(later),
    severity: severities.findLast((name) => story.some(({ severity }) => severity === name)),
    risk: Math.max(...story.map(({ risk }) => risk)),
    status: alertStatuses.find((name) => story.some(({ status }) => status === name)),
    agent_ids: distinct(story.flatMap(agentsOf)),
    session_ids: distinct(story.flatMap((alert) => alert.session_ids ?? [])),
    detectors: distinct(story.flatMap((alert) => alert.detectors)),
    story,
    story_truncated: isTruncated,
  };
}

const later = (left: string, right: string): string =>
  Date.parse(left) < Date.parse(right) ? right : left;

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].toSorted();
