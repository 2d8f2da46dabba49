/** Draws an organisation from wide ranges, so that two seeds are two organisations and not two draws of one. */
import { createLocalTime, dayMs } from "./calendar.ts";
import { variants } from "./misuse.ts";
import { misuses } from "./misuse-catalogue.ts";
import type { Episode, Organisation } from "./organisation.ts";
import { type DeskProfile, plainProfile } from "./profile.ts";
import { createRandom, pick, type Random } from "./random.ts";
import type { Shock } from "./shock.ts";
import { type SiteName, siteOf, sitesNamed } from "./site.ts";
import { storyIds } from "./story.ts";

/** Three weeks to learn from, a quiet week, three weeks with misuse. */
const days = 49;
const testFromDay = 21;
const quietDays = 7;
const eventsMax = 320_000;
/** Mondays whose seven weeks hold a change to or from daylight saving somewhere. */
const starts = ["2024-10-07", "2025-02-24", "2025-09-15", "2025-10-06", "2026-02-16"];
const siteNames: readonly SiteName[] = [
  "dublin",
  "new-york",
  "manila",
  "denver",
  "sydney",
  "bengaluru",
];

export interface DrawnOrganisation {
  readonly organisation: Organisation;
  readonly episodes: readonly Episode[];
}

/** 20 to 400 agents; the same seed gives the same organisation. */
export function drawOrganisation(seed: string): DrawnOrganisation {
  const random = createRandom(`${seed}/organisation`);
  const agents = Math.round(20 * 20 ** random.next());
  const organisation = {
    seed,
    start: pick(random, starts),
    days,
    testFromDay,
    quietFromDay: testFromDay,
    agents,
    profile: drawProfile(random, agents),
  };
  return { organisation, episodes: drawEpisodes(createRandom(`${seed}/episodes`), agents) };
}

const rounded = (value: number) => Math.round(value * 1_000) / 1_000;

function drawProfile(random: Random, agents: number): DeskProfile {
  const between = (low: number, high: number) => rounded(random.between(low, high));
  const sites = drawSites(random);
  const evenness = between(0.9, 3);
  const forgets = between(4, 24);
  const serviceShare = between(0.02, 0.15);
  const hiddenShare = random.chance(0.5) ? between(0.05, 0.22) : 0;
  const accountEventsPerContact = between(0.15, 0.8);
  const busiest = rounded(3 * 7 ** random.next());
  const contactsPerAgentDay = Math.min(
    busiest,
    busiestWithin({ agents, accountEventsPerContact, robots: serviceShare + hiddenShare }),
  );
  // An agent makes about 2.9 accesses a calendar day for each contact that the median agent takes at work.
  const perShare = (2.9 * contactsPerAgentDay) / (1 - serviceShare - hiddenShare);
  return {
    ...plainProfile,
    contactsPerAgentDay,
    accountEventsPerContact,
    paceSd: between(0.74, 0.95),
    evenness: [evenness, rounded(evenness + random.between(0.5, 2.5))],
    sites,
    lostPhoneWeight: between(4, 18),
    searching: between(0.5, 2.2),
    affinity: between(0.84, 0.96),
    helping: between(0.1, 0.5),
    remembersShifts: random.chance(0.8),
    lookingBack: between(0.14, 0.24),
    forgetting: [2, forgets],
    mislinkShare: between(0.002, 0.03),
    lateLinkShare: between(0.02, 0.3),
    viewFieldsShare: between(0.3, 1),
    robotViews: rounded(perShare * serviceShare),
    hiddenRobotViews: rounded(perShare * hiddenShare),
    triageShare: between(0.01, 0.08),
    sweepsPerContact: random.chance(0.4) ? between(0.06, 0.16) : 0,
    vpnShare: between(0.002, 0.03),
    reviewerShare: between(0.01, 0.05),
    fraudHuntShare: between(0.1, 0.6),
    nightShare: between(0, 0.15),
    callOutsPerTenNights: between(0.3, 3),
    joinerShare: between(0.02, 0.12),
    leaverShare: between(0.03, 0.1),
    moverShare: between(0.02, 0.12),
    promotedShare: between(0.01, 0.06),
    newMachineShare: between(0.03, 0.15),
    sharedAccounts: random.below(3),
    duplicateShare: between(0.0002, 0.004),
    lateShare: between(0.0005, 0.006),
    shocks: drawShocks(random, agents, midnightOf(sites)),
  };
}

interface Load {
  readonly agents: number;
  readonly accountEventsPerContact: number;
  /** Robots' share of all accesses. */
  readonly robots: number;
}

/** Contacts of the median agent a day at work with which the whole stays below `eventsMax`. */
function busiestWithin({ agents, accountEventsPerContact, robots }: Load): number {
  const eventsPerContact = 8.6 + accountEventsPerContact + (3.6 * robots) / (1 - robots);
  const contactsPerDay = 0.84;
  return rounded(eventsMax / (agents * days * contactsPerDay * eventsPerContact));
}

function drawSites(random: Random): readonly SiteName[] {
  const left = [...siteNames];
  const chosen: SiteName[] = [];
  for (let count = 1 + random.below(4); count > 0; count -= 1) {
    chosen.push(...left.splice(random.below(left.length), 1));
  }
  return chosen;
}

/** When the day begins at the first site: days after 00:00 UTC, on 15 January. */
function midnightOf(sites: readonly SiteName[]): number {
  const january = Date.UTC(2025, 0, 15);
  const zone = siteOf(sitesNamed(sites), 0).timeZone;
  return -createLocalTime().offsetMs(zone, january) / dayMs;
}

/** A holiday before and one within the test period, outages at working hours, bad days of single teams. */
function drawShocks(random: Random, agents: number, midnight: number): readonly Shock[] {
  const weekday = (from: number, to: number, days: readonly number[]) =>
    7 * (from + random.below(to - from)) + pick(random, days);
  const outage = (week: number): Shock => ({
    kind: "outage",
    day: rounded(weekday(week, week + 2, [1, 2, 3]) + midnight + random.between(0.35, 0.55)),
    hours: rounded(random.between(3, 9)),
    factor: rounded(random.between(2.2, 4)),
  });
  const holiday = (day: number): Shock => ({
    kind: "holiday",
    day: rounded(day + midnight),
    hours: 24,
    factor: rounded(random.between(0.2, 0.4)),
  });
  const surge = (): Shock => ({
    kind: "team_surge",
    day: weekday(0, 7, [0, 1, 2]),
    hours: 24 * (1 + random.below(3)),
    factor: rounded(random.between(1.5, 3)),
    team: random.below(Math.max(3, Math.round(agents / 8))),
  });
  const mondayOrFriday = (from: number, to: number) => holiday(weekday(from, to, [0, 4]));
  const holidays = [mondayOrFriday(1, 3), mondayOrFriday(3, 4), mondayOrFriday(4, 7)];
  return [...holidays, outage(1), outage(3), outage(5), surge(), surge(), surge()];
}

/** Every telling once, as far as a third of the agents suffices; the order in which they are left out is drawn. */
function drawEpisodes(random: Random, agents: number): readonly Episode[] {
  const tellings = storyIds.flatMap((story) => variants.map((variant) => `${story}-${variant}`));
  const byId = new Map(misuses.map((misuse) => [misuse.id, misuse]));
  let left = Math.floor(agents / 2.5);
  const episodes: Episode[] = [];
  for (const id of shuffled(random, tellings)) {
    const { accounts = 1, days: needed = 1 } = byId.get(id) ?? {};
    if (accounts > left) continue;
    left -= accounts;
    const room = days - testFromDay - quietDays - needed;
    const day = testFromDay + quietDays + random.below(room + 1);
    // What needs more than a day fills the days' shifts; what needs one may come at any hour.
    episodes.push([id, rounded(needed === 1 ? day + random.between(0, 0.95) : day)]);
  }
  return episodes.toSorted(([, first], [, second]) => first - second);
}

function shuffled(random: Random, ids: readonly string[]): readonly string[] {
  return ids
    .map((id) => ({ id, order: random.next() }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ id }) => id);
}
