/**
 * An agent's habits: the hours of its week, the customer organisations and teams that it works for, the devices
 * and networks that it comes from. Shares of a forgetting past; learnt when a session closes, so that no
 * session makes itself usual.
 */
import type { Absence } from "../detector.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";

/** Hours of a workday, then of a weekend day, in the agent's own time zone. */
export const hoursOfWeek = 48;
const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
/** Of each mix; the least goes first. */
const mixMax = 24;
/** Of each kind of place; the one that was seen longest ago goes first. */
const placesMax = 12;

/** Fingerprint → share-like weight, forgetting. */
type Mix = Map<number, number>;

export interface Habits {
  /** Event time up to which they are decayed. */
  at: number;
  /** When its first session closed; 0: none has. Event time. */
  since: number;
  /** The roster has the agent on call: any hour is ordinary. */
  isOnCall: boolean;
  /** Since when the roster has the agent on leave; 0: it has not. Event time. */
  leaveAt: number;
  /** Event time of the newest that the roster told of each, 0: of nothing. What is older and comes late is no news. */
  readonly toldAt: { onCall: number; leave: number; team: number };
  /** The longest time without work so far. Milliseconds. */
  silenceMs: number;
  /** Closed sessions, forgetting. */
  sessions: number;
  readonly hours: number[];
  readonly tenants: Mix;
  readonly teams: Mix;
  /** Fingerprints, oldest first. */
  readonly devices: Set<number>;
  readonly networks: Set<number>;
}

type Rarity = DetectionParameters["habits"];

/** A move that the roster tells of: whom the agent serves has to be learnt anew. */
export function moveTo(
  { tenants, teams }: Habits,
  team: number | undefined,
  { subjects_known_min }: Rarity,
): void {
  tenants.clear();
  teams.clear();
  if (team !== undefined) teams.set(team, subjects_known_min);
}

/** What one session has shown of the habits. */
export interface Trace {
  /** Hours of the week in which it exposed somebody. */
  readonly hours: Set<number>;
  readonly tenants: Mix;
  readonly teams: Mix;
  readonly devices: Set<number>;
  readonly networks: Set<number>;
}

export const newHabits = (): Habits => ({
  at: 0,
  since: 0,
  isOnCall: false,
  leaveAt: 0,
  toldAt: { onCall: 0, leave: 0, team: 0 },
  silenceMs: 0,
  sessions: 0,
  hours: new Array<number>(hoursOfWeek).fill(0),
  tenants: new Map(),
  teams: new Map(),
  devices: new Set(),
  networks: new Set(),
});

/** A copy that what is learnt later does not touch. */
export const copyHabits = (habits: Habits): Habits => ({
  ...habits,
  toldAt: { ...habits.toldAt },
  hours: [...habits.hours],
  tenants: new Map(habits.tenants),
  teams: new Map(habits.teams),
  devices: new Set(habits.devices),
  networks: new Set(habits.networks),
});

export const newTrace = (): Trace => ({
  hours: new Set(),
  tenants: new Map(),
  teams: new Map(),
  devices: new Set(),
  networks: new Set(),
});

/**
 * Whether the agent rarely works at this hour or the ones beside it; undefined: too little is known. Nobody's week is
 * known before it is over: who works round the clock has hours enough by the third day, and none of a weekend.
 */
export function isRareHour(
  { hours, isOnCall, since }: Habits,
  { hour, at }: { readonly hour: number; readonly at: number },
  { hours_known_min, rare_hour_share }: Rarity,
): boolean | undefined {
  if (isOnCall || since === 0 || at - since < weekMs) return undefined;
  let sum = 0;
  for (const weight of hours) sum += weight;
  if (sum < hours_known_min) return undefined;
  const day = hour < 24 ? 0 : 24;
  let near = 0;
  for (let one = hour - 1; one <= hour + 1; one += 1)
    near += hours[day + ((one - day + 24) % 24)] ?? 0;
  return near < rare_hour_share * sum;
}

function isRare(
  mix: Mix,
  key: number,
  { subjects_known_min, rare_share }: Rarity,
): boolean | undefined {
  let sum = 0;
  for (const weight of mix.values()) sum += weight;
  return sum < subjects_known_min ? undefined : (mix.get(key) ?? 0) < rare_share * sum;
}

export const isRareTenant = ({ tenants }: Habits, tenant: number, rarity: Rarity) =>
  isRare(tenants, tenant, rarity);
export const isRareTeam = ({ teams }: Habits, team: number, rarity: Rarity) =>
  isRare(teams, team, rarity);

/** Whether the agent was never seen at this place; undefined: the agent itself is hardly known. */
export function isNewPlace(
  { sessions }: Habits,
  { known, place }: { readonly known: ReadonlySet<number>; readonly place: number },
  { sessions_known_min }: Rarity,
): boolean | undefined {
  return sessions < sessions_known_min || known.size === 0 ? undefined : !known.has(place);
}

/** Whether the agent is on leave, or comes back from its longest silence. */
export function absenceOf(
  { at, leaveAt, silenceMs, sessions }: Habits,
  now: number,
  { sessions_known_min, silence_days }: Rarity,
): Absence {
  if (leaveAt > 0 && now >= leaveAt) return "leave";
  if (sessions < sessions_known_min) return undefined;
  return now - at >= Math.max(silence_days * dayMs, silenceMs) ? "silence" : "none";
}

export function addTo(mix: Mix, key: number, amount: number): void {
  const before = mix.get(key);
  if (before === undefined && mix.size >= mixMax) mix.delete(least(mix));
  mix.set(key, Math.fround((before ?? 0) + amount));
}

function least(mix: Mix): number {
  let key = 0;
  let weight = Number.POSITIVE_INFINITY;
  for (const [other, value] of mix) {
    if (value >= weight) continue;
    key = other;
    weight = value;
  }
  return key;
}

interface HabitLesson {
  readonly at: number;
  /** Below 1: a session that alerted teaches less. */
  readonly share: number;
  readonly habit_half_life_days: number;
}

/** Learns a closed session. */
export function learnHabits(
  habits: Habits,
  trace: Trace,
  { at, share, habit_half_life_days }: HabitLesson,
): void {
  const elapsed = habits.at === 0 ? 0 : Math.max(0, at - habits.at);
  const keep = 2 ** (-elapsed / (habit_half_life_days * dayMs));
  habits.at = Math.max(habits.at, at);
  if (habits.since === 0) habits.since = at;
  habits.silenceMs = Math.max(habits.silenceMs, elapsed);
  habits.sessions = Math.fround(habits.sessions * keep + share);
  for (let n = 0; n < hoursOfWeek; n += 1)
    habits.hours[n] = Math.fround((habits.hours[n] ?? 0) * keep);
  for (const hour of trace.hours)
    habits.hours[hour] = Math.fround((habits.hours[hour] ?? 0) + share);
  learnMix(habits.tenants, trace.tenants, { keep, share });
  learnMix(habits.teams, trace.teams, { keep, share });
  if (share < 1) return;
  for (const place of trace.devices) remember(habits.devices, place);
  for (const place of trace.networks) remember(habits.networks, place);
}

function learnMix(
  mix: Mix,
  seen: Mix,
  { keep, share }: { readonly keep: number; readonly share: number },
): void {
  for (const [key, weight] of mix) mix.set(key, Math.fround(weight * keep));
  for (const [key, amount] of seen) addTo(mix, key, amount * share);
}

function remember(places: Set<number>, place: number): void {
  places.delete(place);
  places.add(place);
  if (places.size <= placesMax) return;
  for (const oldest of places) {
    places.delete(oldest);
    break;
  }
}
