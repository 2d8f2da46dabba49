/** An event of an agent with what is new about it: what detectors count and ask. */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import type { ExposureKind } from "../../ingest/vocabulary/exposure.ts";
import { type ExposureSighting, isOwnWork, type SignInSighting } from "../detector.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import { fingerprint } from "../stats/seeded-uniform.ts";
import { handle, meet } from "./acquaintance.ts";
import type { AgentState, SessionWindow, Stray } from "./agent-state.ts";
import { type Fresh, kindIndex, noteSubject } from "./exposure-tally.ts";
import { isReturn, onlookersAmong } from "./gatherings.ts";
import { absenceOf, addTo, isNewPlace, isRareHour, isRareTeam, isRareTenant } from "./habits.ts";
import { sensitivityOf } from "./harm.ts";
import { onlySubject } from "./subject-trail.ts";
import type { ModelDeps } from "./window-life.ts";

/** 24 bits: an agent knows a few dozen places and organisations. */
export const markOf = (text: string): number => 1 + (fingerprint(text) % 16_777_215);

/** The access as detectors see it; session, agent and books have learnt it afterwards. */
export function exposureSighting(
  { tickets, trail, localTime, parameters, standingOf }: ModelDeps,
  agent: AgentState,
  session: SessionWindow,
  { event, exposure }: { event: AccessEvent; exposure: ExposureKind },
): ExposureSighting {
  const standing = tickets.standingOf(event);
  const looks = trail.looksAt(event);
  const fresh: Fresh = { subjects: 0, inKind: 0 };
  const how = { kind: kindIndex(exposure), sensitivity: sensitivityOf(event), standingOf };
  let unknown = 0;
  for (const subject of event.subjects) {
    const short = noteSubject(session.tally, subject, how, fresh);
    if (meet(agent.known, handle(short))) unknown += 1;
  }
  const hour = localTime.hourOfWeek(event.at, event.agent.timeZone);
  const sighting: ExposureSighting = {
    kind: "exposure",
    event,
    exposure,
    ...standing,
    isReturn: isReturn(looks, event, parameters.gatherings),
    isNeighbour: isOwnWork(standing.relation)
      ? undefined
      : isNeighbour(agent.strays, event, parameters.neighbours),
    freshSubjects: fresh.subjects,
    freshInKind: fresh.inKind,
    unknownSubjects: unknown,
    ...segmentsOf(agent, session, { event, opened: fresh.subjects, rarity: parameters.habits }),
    isRareHour: isRareHour(agent.habits, { hour, at: event.at }, parameters.habits),
    absence: absenceOf(agent.habits, event.at, parameters.habits),
    isFirstOfHour: !session.trace.hours.has(hour),
    hasLiveCode: trail.hasLiveCode(event),
    onlookers: onlookersAmong(looks, event, parameters.gatherings),
  };
  session.trace.hours.add(hour);
  trail.noteLookup(event, { relation: standing.relation, exposure });
  return sighting;
}

const dayMs = 86_400_000;

export const utcDayOf = (at: number): number => Math.floor(at / dayMs);

/** Whether it is beside others that the agent looked at without work; undefined: it is one of them, or has no place. */
function isNeighbour(
  strays: readonly Stray[],
  event: AccessEvent,
  { others_min, days }: DetectionParameters["neighbours"],
): boolean | undefined {
  const { neighbourhood } = event;
  const own = neighbourhood === undefined ? undefined : onlySubject(event);
  if (own === undefined) return undefined;
  const since = utcDayOf(event.at) - days;
  let neighbours = 0;
  for (const { mark, place, day } of strays) {
    if (mark === own) return undefined;
    if (place === neighbourhood && day >= since) neighbours += 1;
  }
  return neighbours >= others_min;
}

interface Opened {
  readonly event: AccessEvent;
  readonly opened: number;
  readonly rarity: DetectionParameters["habits"];
}

function segmentsOf(
  { habits }: AgentState,
  { trace }: SessionWindow,
  { event: { subjects, agent }, opened, rarity }: Opened,
): Pick<ExposureSighting, "isRareTenant" | "isRareTeam"> {
  const tenant = subjects[0]?.tenant;
  const tenantMark = tenant === undefined ? undefined : markOf(tenant);
  const teamMark = agent.team === undefined ? undefined : markOf(agent.team);
  if (opened > 0 && tenantMark !== undefined) addTo(trace.tenants, tenantMark, opened);
  if (opened > 0 && teamMark !== undefined) addTo(trace.teams, teamMark, opened);
  return {
    isRareTenant: tenantMark === undefined ? undefined : isRareTenant(habits, tenantMark, rarity),
    isRareTeam: teamMark === undefined ? undefined : isRareTeam(habits, teamMark, rarity),
  };
}

/** How long ago the agent may have been active elsewhere and still count as being there. */
const presentMs = 30 * 60_000;

/** Another session of the agent, on a network that is known of it, was active just now. */
function isElsewhere(
  { sessions, habits }: AgentState,
  session: SessionWindow,
  at: number,
): boolean {
  for (const other of sessions.values()) {
    const isPresent = other !== session && Math.abs(at - other.last) <= presentMs;
    if (isPresent && habits.networks.has(other.network)) return true;
  }
  return false;
}

/** Where the session comes from, when that has not been told yet; the session has learnt it afterwards. */
export function signInSighting(
  { places, parameters }: Pick<ModelDeps, "places" | "parameters">,
  agent: AgentState,
  session: SessionWindow,
  event: AccessEvent,
): SignInSighting | undefined {
  const device = markOrNone(event.session?.deviceId ?? event.session?.userAgent);
  const network = markOrNone(networkOf(event));
  const isFirst = session.trace.devices.size + session.trace.networks.size === 0;
  const isMoved = device !== session.device || network !== session.network;
  const { hasEnrolled } = session;
  if (!(isMoved || hasEnrolled)) return undefined;
  const { habits } = agent;
  const sighted = { agent: markOf(event.agent.id), at: event.at };
  const isKnown = (mark: number, known: ReadonlySet<number>) =>
    mark === 0 || !isMoved
      ? undefined
      : isNewPlace(habits, { known, place: mark }, parameters.habits);
  const sighting: SignInSighting = {
    kind: "sign-in",
    event,
    isNewDevice: isKnown(device, habits.devices),
    isNewNetwork: isKnown(network, habits.networks),
    isNewToAll: network === 0 || !isMoved ? undefined : places.isNew(network, sighted),
    isElsewhere: isElsewhere(agent, session, event.at),
    isOnKnownNetwork: habits.networks.has(network),
    hasEnrolled,
    isFirst,
  };
  if (network !== 0) places.note(network, sighted);
  session.device = device;
  session.network = network;
  session.hasEnrolled = false;
  if (device !== 0) session.trace.devices.add(device);
  if (network !== 0) session.trace.networks.add(network);
  return sighting;
}

const markOrNone = (text: string | undefined): number => (text === undefined ? 0 : markOf(text));

/** The operator and country of the network where they are known, or else the address. */
function networkOf({ session }: AccessEvent): string | undefined {
  if (session?.asn !== undefined) return `as${session.asn}/${session.country ?? ""}`;
  return session?.country ?? session?.ip;
}
