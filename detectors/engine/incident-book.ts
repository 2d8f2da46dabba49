/**
 * Alerts that belong together: of one agent, from one place new to its agents, on one organisation that its
 * agents rarely serve. An analyst gets one incident for a campaign, not one alert per account.
 */
import { z } from "zod";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import type { AgentState, AlertRecord, SessionWindow } from "./agent-state.ts";
import { alertIdOf } from "./alert-composer.ts";
import { isNewPlace, isRareTenant } from "./habits.ts";

const dayMs = 86_400_000;
const incidentsMax = 256;
/** Agents, places and organisations kept per incident, the newest. */
const linksMax = 32;
/** Subjects of a rare organisation from which on it counts as a target. */
const targetSubjectsMin = 3;

const incidentSchema = z.object({
  id: z.string(),
  /** Newest event time. */
  at: z.number(),
  agents: z.array(z.string()),
  places: z.array(z.number()),
  tenants: z.array(z.number()),
});
type Incident = z.infer<typeof incidentSchema>;

export interface IncidentBook {
  /** The incident of the agent's alert as it now stands; a record keeps the one that it has. */
  readonly assign: (agentId: string, agent: AgentState, record: AlertRecord) => string;
  readonly saveDirty: () => { key: string; state: string }[][];
  /** Throws ZodError or SyntaxError if `state` is no list of incidents. */
  readonly load: (state: string) => void;
}

interface Links {
  readonly agent: string;
  readonly places: readonly number[];
  readonly tenants: readonly number[];
}

/** Alerts of one agent join its incident within a time, others of the same place or organisation within another. */
export function createIncidentBook({ alerts, habits }: DetectionParameters): IncidentBook {
  let incidents: Incident[] = [];
  let isDirty = false;

  const open = (record: AlertRecord): Incident => {
    const incident = {
      id: alertIdOf(`incident|${record.id}`),
      at: record.last,
      agents: [],
      places: [],
      tenants: [],
    };
    incidents.push(incident);
    if (incidents.length > incidentsMax) incidents.shift();
    return incident;
  };
  return {
    assign: (agentId, agent, record) => {
      const links = linksOf({ agentId, agent, record, rarity: habits });
      const incident =
        incidents.find(({ id }) => id === record.incidentId) ??
        (record.incidentId === undefined
          ? (incidents.findLast((one) => belongs(one, links, { now: record.last, alerts })) ??
            open(record))
          : undefined);
      if (incident === undefined) return record.incidentId ?? "";
      incident.at = Math.max(incident.at, record.last);
      link(incident.agents, [agentId]);
      link(incident.places, links.places);
      link(incident.tenants, links.tenants);
      isDirty = true;
      return incident.id;
    },
    saveDirty: () => {
      if (!isDirty) return [];
      isDirty = false;
      return [[{ key: "incidents", state: JSON.stringify(incidents) }]];
    },
    load: (state) => {
      incidents = z.array(incidentSchema).parse(JSON.parse(state));
    },
  };
}

function belongs(
  { at, agents, places, tenants }: Incident,
  links: Links,
  { now, alerts }: { readonly now: number; readonly alerts: DetectionParameters["alerts"] },
): boolean {
  const elapsed = now - at;
  if (agents.includes(links.agent)) return elapsed <= alerts.incident_agent_days * dayMs;
  if (elapsed > alerts.incident_campaign_days * dayMs) return false;
  return (
    links.places.some((place) => places.includes(place)) ||
    links.tenants.some((tenant) => tenants.includes(tenant))
  );
}

function link<Value>(known: Value[], found: readonly Value[]): void {
  for (const one of found) if (!known.includes(one)) known.push(one);
  if (known.length > linksMax) known.splice(0, known.length - linksMax);
}

interface Linked {
  readonly agentId: string;
  readonly agent: AgentState;
  readonly record: AlertRecord;
  readonly rarity: DetectionParameters["habits"];
}

function linksOf({ agentId, agent, record, rarity }: Linked): Links {
  const { habits } = agent;
  const sessions = [...agent.sessions.values()].filter((session) => isPartOf(session, record));
  const isNew = (known: ReadonlySet<number>) => (place: number) =>
    isNewPlace(habits, { known, place }, rarity) === true;
  return {
    agent: agentId,
    places: sessions.flatMap(({ trace }) => [
      ...[...trace.networks].filter(isNew(habits.networks)),
      ...[...trace.devices].filter(isNew(habits.devices)),
    ]),
    tenants: sessions.flatMap(({ trace }) =>
      [...trace.tenants]
        .filter(
          ([tenant, subjects]) =>
            subjects >= targetSubjectsMin && isRareTenant(habits, tenant, rarity) === true,
        )
        .map(([tenant]) => tenant),
    ),
  };
}

function isPartOf({ alertId, key }: SessionWindow, { id, sessions }: AlertRecord): boolean {
  return alertId === id || sessions.includes(key.slice(2));
}
