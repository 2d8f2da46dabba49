/**
 * What lately happened around a subject: who looked at it and how, and when a code was issued. Kept in rings by
 * subject; the oldest are forgotten, and what is forgotten is no evidence against anybody.
 */
import type { SubjectToken } from "../../ingest/vocabulary/brand.ts";
import type { AccessEvent, SubjectEvent } from "../../ingest/vocabulary/event.ts";
import { type ExposureKind, exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import type { Relation } from "../detector.ts";
import { kindIndex, shortToken } from "./exposure-tally.ts";
import { type Packer, packList, type Unpacker, unpackList } from "./packing.ts";
import { createRing } from "./ring.ts";
import type { RobotBook } from "./robot-book.ts";

/** Look-ups remembered of one subject, the newest. */
const lookupsMax = 24;
/** How long a look-up may explain what happens to the subject afterwards. */
const aftermathMs = 3 * 86_400_000;
/** After this time a subject that is looked at again stands among the newest again, so as not to be forgotten. */
const placeMs = 14 * 86_400_000;
/** How long look-ups at one subject may be told as one. */
const newMs = 14 * 86_400_000;
/** Validity of an issued code. */
const codeMs = 15 * 60_000;

const relations = ["own", "open", "foreign", "none"] as const;
export interface Lookup {
  /** Of the access. */
  readonly id: string;
  readonly agent: string;
  at: number;
  readonly relation: Relation;
  /** In which ways it exposed the subject: bit n for the nth of `exposureKinds`. */
  ways: number;
  /** The subject's account has changed hands since; it does so once for each look-up. */
  isFollowed: boolean;
}

interface Trail {
  readonly s: number;
  /** When it was last put among the newest. Event time. */
  readonly since: number;
  readonly lookups: Lookup[];
}

interface Code {
  readonly s: number;
  readonly at: number;
}

const wayCount = exposureKinds.length;
const marksMax = 2 ** (wayCount + 1);

/** Ways by which an agent names whom it wants. */
const meantWays = (1 << kindIndex("searched")) | (1 << kindIndex("revealed"));

/** Whether the agent named the subject, instead of finding it in a page. */
export const isMeant = ({ ways }: Pick<Lookup, "ways">): boolean => (ways & meantWays) !== 0;

/** The relation by its place, the mark and the ways as one number. */
function packLookup(packer: Packer, lookup: Lookup): void {
  packer.text(lookup.id);
  packer.text(lookup.agent);
  packer.number(lookup.at);
  const marks = lookup.ways * 2 + (lookup.isFollowed ? 1 : 0);
  packer.number(relations.indexOf(lookup.relation) * marksMax + marks);
}

function unpackLookup(unpacker: Unpacker): Lookup {
  const id = unpacker.string();
  const agent = unpacker.string();
  const at = unpacker.number();
  const marks = unpacker.number();
  const relation = relations[Math.floor(marks / marksMax)] ?? "none";
  const ways = Math.floor((marks % marksMax) / 2);
  return { id, agent, at, relation, ways, isFollowed: marks % 2 === 1 };
}

const nobody: readonly Lookup[] = [];

export interface SubjectTrail {
  /** Notes that the agent looked at the event's only subject. */
  readonly noteLookup: (
    event: AccessEvent,
    look: { readonly relation: Relation; readonly exposure: ExposureKind },
  ) => void;
  /** Which persons looked at the event's only subject, oldest first; none for a page of them. */
  readonly looksAt: (event: AccessEvent) => readonly Lookup[];
  /** Who looked at the subject of that mark if one of `agents` did; it may be told when none of them did. */
  readonly looksOfAny: (mark: number, agents: readonly string[]) => readonly Lookup[];
  /** Whether a code of one of the subjects is valid; undefined: nobody reports codes. */
  readonly hasLiveCode: (event: AccessEvent) => boolean | undefined;
  /** Notes what happened; the newest look-up of each agent that it may follow from. */
  readonly report: (event: SubjectEvent) => readonly Lookup[];
  /** In pieces. */
  readonly saveDirty: () => Iterable<{ key: string; state: string }[]>;
  /** Throws RangeError if `state` is no block of `key`. In any order. */
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
    pack: (packer, { s, since, lookups }: Trail) => {
      packer.number(s);
      packer.number(since);
      packList(packer, lookups, (lookup) => packLookup(packer, lookup));
    },
    unpack: (unpacker): Trail => ({
      s: unpacker.number(),
      since: unpacker.number(),
      lookups: unpackList(unpacker, () => unpackLookup(unpacker)),
    }),
    keyOf: ({ s }) => s,
    entriesPerBlock: 512,
    blocksMax: 128,
  });

const openCodes = () =>
  createRing({
    name: "codes",
    pack: (packer, { s, at }: Code) => {
      packer.number(s);
      packer.number(at);
    },
    unpack: (unpacker): Code => ({ s: unpacker.number(), at: unpacker.number() }),
    keyOf: ({ s }) => s,
    entriesPerBlock: 1_024,
    blocksMax: 16,
  });

export function createSubjectTrail({ personsOf }: Pick<RobotBook, "personsOf">): SubjectTrail {
  const trails = openTrails();
  const codes = openCodes();
  return {
    noteLookup: (event, { relation, exposure }) => {
      const s = onlySubject(event);
      if (s === undefined) return;
      const lookup = {
        id: event.eventId,
        agent: event.agent.id,
        at: event.at,
        isFollowed: false,
        relation,
        ways: 1 << kindIndex(exposure),
      };
      const known = trails.find(s);
      if (known !== undefined && event.at - known.since <= placeMs) {
        noteIn(known.lookups, lookup);
        trails.put(known);
      } else {
        const lookups = [...(known?.lookups ?? [])];
        noteIn(lookups, lookup);
        trails.add({ s, since: event.at, lookups });
      }
    },
    looksAt: (event) => {
      const mark = onlySubject(event);
      const looks = mark === undefined ? undefined : trails.find(mark)?.lookups;
      return looks === undefined ? nobody : personsOf(looks);
    },
    looksOfAny: (mark, agents) => trails.findMentioning(mark, agents)?.lookups ?? nobody,
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
      const trail = trails.find(s);
      if (trail === undefined) return [];
      const recent = trail.lookups.filter(
        (one) => !one.isFollowed && at >= one.at && at - one.at <= aftermathMs,
      );
      for (const lookup of recent) lookup.isFollowed = true;
      trails.put(trail);
      return [...new Map(recent.map((lookup) => [lookup.agent, lookup])).values()];
    },
    saveDirty: function* () {
      yield* trails.saveDirty();
      yield* codes.saveDirty();
    },
    load: (key, state) => {
      if (key.startsWith("codes/")) codes.load(state);
      else trails.load(state);
    },
  };
}

/** 30 bits of the token, a small integer. */
const markOf = (token: SubjectToken): number => shortToken(token) % 1_073_741_824;

/** The mark of the only subject. */
export function onlySubject({ subjects }: AccessEvent): number | undefined {
  const only = subjects[0];
  return only === undefined || subjects.length > 1 ? undefined : markOf(only.token);
}

/** While all of them are new, a look-up of the same kind as the agent's last one moves that one on. */
function noteIn(lookups: Lookup[], lookup: Lookup): void {
  const last = lookups.at(-1);
  const isSame =
    lookup.at - (lookups[0]?.at ?? 0) <= newMs &&
    last?.agent === lookup.agent &&
    last.relation === lookup.relation &&
    isMeant(last) === isMeant(lookup) &&
    !last.isFollowed;
  if (isSame) {
    last.at = Math.max(last.at, lookup.at);
    last.ways |= lookup.ways;
    return;
  }
  lookups.push(lookup);
  if (lookups.length > lookupsMax) lookups.shift();
}
