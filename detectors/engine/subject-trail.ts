/**
 * What lately happened around a subject: who looked at it and how, and when a code was issued. Kept in rings by
 * subject; the oldest are forgotten, and what is forgotten is no evidence against anybody.
 */
import { z } from "zod";
import type { SubjectToken } from "../../ingest/vocabulary/brand.ts";
import type { AccessEvent, SubjectEvent } from "../../ingest/vocabulary/event.ts";
import type { Relation } from "../detector.ts";
import { fingerprint } from "../stats/seeded-uniform.ts";
import { shortToken } from "./exposure-tally.ts";
import { createRing } from "./ring.ts";

/** Look-ups remembered of one subject, the newest. */
const lookupsMax = 24;
/** How long a look-up may explain what happens to the subject afterwards. */
const aftermathMs = 3 * 86_400_000;
/** How long onlookers of one subject are counted together. */
const crowdMs = 14 * 86_400_000;
/** Validity of an issued code. */
const codeMs = 15 * 60_000;

const relations = ["own", "open", "foreign", "none"] as const;
/** In the order of `Lookup`, the relation by its place. */
const printedLookup = z.tuple([
  z.string(),
  z.string(),
  z.number(),
  z.number(),
  z.boolean(),
  z.boolean(),
]);

export interface Lookup {
  /** Of the access. */
  readonly id: string;
  readonly agent: string;
  at: number;
  readonly relation: Relation;
  readonly isMeant: boolean;
  /** The subject's account has changed hands since; it does so once for each look-up. */
  isFollowed: boolean;
}

interface Trail {
  readonly s: number;
  readonly lookups: Lookup[];
}

interface Code {
  readonly s: number;
  readonly at: number;
}

function printLookup(lookup: Lookup): z.infer<typeof printedLookup> {
  const { id, agent, at, relation, isMeant, isFollowed } = lookup;
  return [id, agent, at, relations.indexOf(relation), isMeant, isFollowed];
}

function readLookup(printed: z.infer<typeof printedLookup>): Lookup {
  const [id, agent, at, place, isMeant, isFollowed] = printed;
  return { id, agent, at, relation: relations[place] ?? "none", isMeant, isFollowed };
}

/** Agents who lately met over subjects that they had no work on. */
export interface Gathering {
  /** What it is known by: 30 bits of the subject's token, or of both agents' ids. */
  readonly key: number;
  /** Agents of a crowd, subjects of a pair. */
  readonly size: number;
  readonly subjects: number;
  /** The newest look of each agent at each subject. */
  readonly members: readonly Lookup[];
  /** How far back it reaches. */
  readonly days: number;
}

export interface SubjectTrail {
  /** Notes that the agent looked at the event's only subject. */
  readonly noteLookup: (
    event: AccessEvent,
    look: { readonly relation: Relation; readonly isMeant: boolean },
  ) => void;
  /** Distinct other agents who lately looked at the event's only subject without work of their own. */
  readonly onlookers: (event: AccessEvent) => number;
  /** Whether the agent had looked at the event's only subject without work on an earlier day. */
  readonly isReturn: (event: AccessEvent) => boolean;
  /** The crowd that the event's agent has just joined; undefined: it joined none. After `noteLookup`. */
  readonly joined: (event: AccessEvent) => Gathering | undefined;
  /** The mark of the event's only subject if its agent has just looked at it without work. After `noteLookup`. */
  readonly strayOf: (event: AccessEvent) => number | undefined;
  /**
   * The agent that has most of `strays`, marks of subjects that the event's agent looked at without work, in
   * common with it, now that it has looked at one more; undefined: none has. After `noteLookup`.
   */
  readonly paired: (event: AccessEvent, strays: readonly number[]) => Gathering | undefined;
  /** Whether a code of one of the subjects is valid; undefined: nobody reports codes. */
  readonly hasLiveCode: (event: AccessEvent) => boolean | undefined;
  /** Notes what happened; the newest look-up of each agent that it may follow from. */
  readonly report: (event: SubjectEvent) => readonly Lookup[];
  readonly saveDirty: () => { key: string; state: string }[];
  /** Throws ZodError or SyntaxError if `state` is no block of `key`. In any order. */
  readonly load: (key: string, state: string) => void;
}

/** What somebody who wants the account does with it. */
const takeoverTypes: ReadonlySet<SubjectEvent["type"]> = new Set([
  "reregistered",
  "device_added",
  "sim_changed",
  "password_reset",
  "factor_reset",
  "email_changed",
  "registration_lock_disabled",
]);

const openTrails = () =>
  createRing({
    name: "trails",
    printed: z.tuple([z.number(), z.array(printedLookup)]),
    print: ({ s, lookups }: Trail): [number, z.infer<typeof printedLookup>[]] => [
      s,
      lookups.map(printLookup),
    ],
    read: ([s, lookups]): Trail => ({ s, lookups: lookups.map(readLookup) }),
    keyOf: ({ s }) => s,
    entriesPerBlock: 512,
    blocksMax: 128,
  });

const openCodes = () =>
  createRing({
    name: "codes",
    printed: z.tuple([z.number(), z.number()]),
    print: ({ s, at }: Code): [number, number] => [s, at],
    read: ([s, at]): Code => ({ s, at }),
    keyOf: ({ s }) => s,
    entriesPerBlock: 1_024,
    blocksMax: 16,
  });

export function createSubjectTrail(): SubjectTrail {
  const trails = openTrails();
  const codes = openCodes();
  return {
    noteLookup: (event, look) => {
      const s = onlySubject(event);
      if (s === undefined) return;
      const lookup = {
        id: event.eventId,
        agent: event.agent.id,
        at: event.at,
        isFollowed: false,
        ...look,
      };
      const known = trails.find(s);
      const isLasting = known !== undefined && event.at - (known.lookups[0]?.at ?? 0) <= crowdMs;
      if (isLasting) {
        noteIn(known.lookups, lookup);
        trails.touch(s);
      } else {
        trails.add({ s, lookups: [...(known?.lookups.slice(1 - lookupsMax) ?? []), lookup] });
      }
    },
    onlookers: (event) => {
      const s = onlySubject(event);
      const lookups = s === undefined ? undefined : trails.find(s)?.lookups;
      return lookups === undefined ? 0 : onlookersAmong(lookups, event);
    },
    isReturn: (event) => {
      const s = onlySubject(event);
      const lookups = s === undefined ? undefined : trails.find(s)?.lookups;
      return lookups?.some((one) => isEarlierLook(one, event)) ?? false;
    },
    joined: (event) => {
      const s = onlySubject(event);
      const lookups = s === undefined ? undefined : trails.find(s)?.lookups;
      return s === undefined || lookups === undefined ? undefined : crowdJoined(s, lookups, event);
    },
    strayOf: (event) => {
      const s = onlySubject(event);
      const look = (s === undefined ? undefined : trails.find(s))?.lookups.findLast(
        ({ agent }) => agent === event.agent.id,
      );
      return look !== undefined && look.at === event.at && isOnlooker(look) ? s : undefined;
    },
    paired: (event, strays) => {
      const s = onlySubject(event);
      const onlookers = onlookersOf(
        (s === undefined ? undefined : trails.find(s)?.lookups) ?? [],
        event.at,
      );
      // Nobody else was here: whatever else is shared was judged when it was.
      if (onlookers.size < 2 || !onlookers.has(event.agent.id)) return undefined;
      const others = strays
        .filter((one) => one !== s)
        .map((one) => onlookersOf(trails.find(one)?.lookups ?? [], event.at));
      const here = new Set(onlookers.keys());
      const withThem = others.map(
        (looks) => new Map([...looks].filter(([agent]) => here.has(agent))),
      );
      return pairAround(event, [onlookers, ...withThem]);
    },
    hasLiveCode: (event) => {
      if (codes.isEmpty()) return undefined;
      return event.subjects.some((subject) => {
        const issued = codes.find(markOf(subject.token))?.at;
        return issued !== undefined && event.at >= issued && event.at - issued <= codeMs;
      });
    },
    report: ({ type, subject, at }) => {
      const s = markOf(subject.token);
      if (type === "code_issued") codes.add({ s, at });
      if (!takeoverTypes.has(type)) return [];
      const lookups = trails.find(s)?.lookups ?? [];
      const recent = lookups.filter(
        (one) => !one.isFollowed && at >= one.at && at - one.at <= aftermathMs,
      );
      for (const lookup of recent) lookup.isFollowed = true;
      trails.touch(s);
      return [...new Map(recent.map((lookup) => [lookup.agent, lookup])).values()];
    },
    saveDirty: () => [...trails.saveDirty(), ...codes.saveDirty()],
    load: (key, state) => {
      if (key.startsWith("codes/")) codes.load(state);
      else trails.load(state);
    },
  };
}

/** 30 bits of the token, a small integer. */
const markOf = (token: SubjectToken): number => shortToken(token) % 1_073_741_824;

function onlySubject({ subjects }: AccessEvent): number | undefined {
  const only = subjects[0];
  return only === undefined || subjects.length > 1 ? undefined : markOf(only.token);
}

/** A look-up of the same kind as the agent's last one moves that one on. */
function noteIn(lookups: Lookup[], lookup: Lookup): void {
  const last = lookups.at(-1);
  const isSame =
    last?.agent === lookup.agent &&
    last.relation === lookup.relation &&
    last.isMeant === lookup.isMeant &&
    !last.isFollowed;
  if (isSame) {
    last.at = Math.max(last.at, lookup.at);
    return;
  }
  lookups.push(lookup);
  if (lookups.length > lookupsMax) lookups.shift();
}

const crowdDays = 7;

function crowdJoined(
  subject: number,
  lookups: readonly Lookup[],
  { eventId, agent, at }: AccessEvent,
): Gathering | undefined {
  const all = lookups.filter((one) => at - one.at <= crowdDays * 86_400_000 && one.at <= at);
  // Whoever has a case draws visitors with and without a ticket.
  const recent = all.every(isOnlooker) ? all : [];
  const own = recent.filter((one) => one.agent === agent.id);
  const isJoin = own.length === 1 && own[0]?.id === eventId;
  const members = [...new Map(recent.map((one) => [one.agent, one])).values()];
  if (!isJoin || members.length < 2) return undefined;
  return { key: subject, size: members.length, subjects: 1, members, days: crowdDays };
}

const pairDays = 30;

/** The latest look without work of each agent, if it is not too old. */
function onlookersOf(lookups: readonly Lookup[], at: number): Map<string, Lookup> {
  const recent = lookups.filter(
    (one) => isOnlooker(one) && one.at <= at && at - one.at <= pairDays * 86_400_000,
  );
  return new Map(recent.map((one) => [one.agent, one]));
}

function pairAround(
  { agent, at }: AccessEvent,
  looksAt: readonly Map<string, Lookup>[],
): Gathering | undefined {
  const shared = new Map<string, Lookup[]>();
  for (const onlookers of looksAt) {
    const own = onlookers.get(agent.id);
    if (own === undefined || own.at > at) continue;
    for (const [other, look] of onlookers) {
      if (other === agent.id) continue;
      const known = shared.get(other) ?? [];
      known.push(own, look);
      shared.set(other, known);
    }
  }
  let best: Gathering | undefined;
  for (const [other, members] of shared) {
    const size = members.length / 2;
    if (best !== undefined && size <= best.size) continue;
    const key = 1 + (fingerprint([agent.id, other].toSorted().join("|")) % 1_073_741_822);
    best = { key, size, subjects: size, members, days: pairDays };
  }
  return best;
}

const isOnlooker = ({ relation }: Lookup): boolean => relation === "foreign" || relation === "none";

/** Between two looks of one agent that are two visits: a night. */
const visitMs = 8 * 3_600_000;
const returnMs = 30 * 86_400_000;

function isEarlierLook(one: Lookup, { agent, at }: AccessEvent): boolean {
  const elapsed = at - one.at;
  return one.agent === agent.id && isOnlooker(one) && elapsed >= visitMs && elapsed <= returnMs;
}

function onlookersAmong(lookups: readonly Lookup[], { agent, at }: AccessEvent): number {
  const others = lookups.filter(
    (one) => one.agent !== agent.id && at - one.at <= crowdMs && isOnlooker(one),
  );
  return new Set(others.map((one) => one.agent)).size;
}
