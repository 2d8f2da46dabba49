/**
 * Alerts that belong together: of one agent, of agents who looked at the same subjects without work, from one place
 * new to its agents, on one organisation that its agents rarely serve. An analyst gets one incident for a campaign,
 * not one alert per account.
 */
import { z } from "zod";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import type { AgentState, AlertRecord, SessionWindow } from "./agent-state.ts";
import { incidentIdOf } from "./alert-composer.ts";
import { isNewPlace, isRareTenant, type Trace } from "./habits.ts";
import { utcDayOf } from "./sighting.ts";

const dayMs = 86_400_000;
/** How many days before the newest what an alert's agent looked at without work is part of it. */
const strayDays = 1;
/** Beyond it the one that was quiet for longest goes. An organisation of 50,000 has so many in a week. */
const incidentsMax = 4_096;
/** Agents, places and organisations kept per incident, the newest. */
const linksMax = 32;
/** Subjects looked at without work, kept per incident, the newest. */
const marksMax = 96;
/** Of an agent's, that an incident has to know before its alert is part of it, and which share: few may be chance. */
const sharedMarksMin = 3;
const sharedShareMin = 0.5;
/** Subjects of a rare organisation from which on it counts as a target, if it has half of the session's. */
const targetSubjectsMin = 3;
const targetShareMin = 0.5;

const incidentSchema = z.object({
  id: z.string(),
  /** Newest event time. */
  at: z.number(),
  agents: z.array(z.string()),
  places: z.array(z.number()),
  tenants: z.array(z.number()),
  marks: z.array(z.number()),
});
type Incident = z.infer<typeof incidentSchema>;

export interface IncidentBook {
  /** The incident of the agent's alert as it now stands; a record keeps the one that it has. */
  readonly assign: (agentId: string, agent: AgentState, record: AlertRecord) => string;
  /** The incident of a new alert about several agents: one that an alert of any of them is part of, or its own. */
  readonly assignAll: (alertId: string, agents: readonly string[], at: number) => string;
  readonly saveDirty: () => { key: string; state: string }[][];
  /** Throws ZodError or SyntaxError if `state` is no list of incidents. */
  readonly load: (state: string) => void;
}

interface Links {
  readonly agent: string;
  readonly places: readonly number[];
  readonly tenants: readonly number[];
  /** Subjects that it lately looked at without work. */
  readonly marks: readonly number[];
}

/**
 * Alerts of one agent and of the same subjects join their incident within a time, others of the same place or
 * organisation within another. An agent's own goes first.
 */
export function createIncidentBook(
  { alerts, habits }: DetectionParameters,
  metrics?: Pick<Metrics, "count">,
): IncidentBook {
  let incidents: Incident[] = [];
  let isDirty = false;

  const open = (alertId: string, at: number): Incident => {
    const id = incidentIdOf(alertId);
    const incident = { id, at, agents: [], places: [], tenants: [], marks: [] };
    incidents.push(incident);
    if (incidents.length > incidentsMax) forget(at);
    return incident;
  };
  const forget = (now: number): void => {
    const quietest = incidents.reduce((a, b) => (b.at < a.at ? b : a));
    incidents = incidents.filter((one) => one !== quietest);
    const days = Math.max(alerts.incident_agent_days, alerts.incident_campaign_days);
    if (!isWithin(quietest, now, days)) return;
    metrics?.count("deskwatch_detect_state_evictions_total", { detector: "incidents" });
  };
  return {
    assign: (agentId, agent, record) => {
      const links = linksOf({ agentId, agent, record, rarity: habits });
      const incident =
        incidents.find(({ id }) => id === record.incidentId) ??
        (record.incidentId === undefined
          ? (joined(incidents, links, { now: record.last, alerts }) ?? open(record.id, record.last))
          : undefined);
      if (incident === undefined) return record.incidentId ?? "";
      incident.at = Math.max(incident.at, record.last);
      link(incident.agents, [agentId], linksMax);
      link(incident.places, links.places, linksMax);
      link(incident.tenants, links.tenants, linksMax);
      link(incident.marks, links.marks, marksMax);
      isDirty = true;
      return incident.id;
    },
    assignAll: (alertId, agents, at) => {
      const incident =
        incidents.findLast((one) =>
          agents.some((agent) => isOf(one, agent, { now: at, alerts })),
        ) ?? open(alertId, at);
      incident.at = Math.max(incident.at, at);
      link(incident.agents, agents, linksMax);
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

interface Moment {
  readonly now: number;
  readonly alerts: DetectionParameters["alerts"];
}

/** The strongest tie first, then the newest incident. */
function joined(
  incidents: readonly Incident[],
  links: Links,
  moment: Moment,
): Incident | undefined {
  return (
    incidents.findLast((one) => isOf(one, links.agent, moment)) ??
    incidents.findLast((one) => isAbout(one, links.marks, moment)) ??
    incidents.findLast((one) => isCampaign(one, links, moment))
  );
}

const isWithin = ({ at }: Incident, now: number, days: number): boolean => now - at <= days * dayMs;

const isOf = (incident: Incident, agent: string, { now, alerts }: Moment): boolean =>
  incident.agents.includes(agent) && isWithin(incident, now, alerts.incident_agent_days);

function isAbout(incident: Incident, marks: Links["marks"], { now, alerts }: Moment): boolean {
  if (!isWithin(incident, now, alerts.incident_agent_days)) return false;
  const shared = marks.filter((mark) => incident.marks.includes(mark)).length;
  return shared >= sharedMarksMin && shared >= sharedShareMin * marks.length;
}

const isCampaign = (
  incident: Incident,
  { places, tenants }: Links,
  { now, alerts }: Moment,
): boolean =>
  isWithin(incident, now, alerts.incident_campaign_days) &&
  (places.some((place) => incident.places.includes(place)) ||
    tenants.some((tenant) => incident.tenants.includes(tenant)));

function link<Value>(known: Value[], found: readonly Value[], max: number): void {
  for (const one of found) if (!known.includes(one)) known.push(one);
  if (known.length > max) known.splice(0, known.length - max);
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
  const since = utcDayOf(record.last) - strayDays;
  const isNew = (known: ReadonlySet<number>) => (place: number) =>
    isNewPlace(habits, { known, place }, rarity) === true;
  return {
    agent: agentId,
    places: sessions.flatMap(({ trace }) => [
      ...[...trace.networks].filter(isNew(habits.networks)),
      ...[...trace.devices].filter(isNew(habits.devices)),
    ]),
    tenants: sessions.flatMap(({ trace }) => targetsOf(trace, agent, rarity)),
    marks: agent.strays.filter(({ day }) => day >= since).map(({ mark }) => mark),
  };
}

/** Organisations that the agent rarely serves and that the session was mostly about. */
function targetsOf({ tenants }: Trace, { habits }: AgentState, rarity: Linked["rarity"]): number[] {
  const opened = [...tenants.values()].reduce((sum, subjects) => sum + subjects, 0);
  return [...tenants].flatMap(([tenant, subjects]) => {
    const isTarget = subjects >= targetSubjectsMin && subjects >= targetShareMin * opened;
    return isTarget && isRareTenant(habits, tenant, rarity) === true ? [tenant] : [];
  });
}

function isPartOf({ alertId, key }: SessionWindow, { id, sessions }: AlertRecord): boolean {
  return alertId === id || sessions.includes(key.slice(2));
}
