/**
 * What lately happened around a subject: who looked at it and how, and when a code was issued. Kept in rings by
 * subject; the oldest are forgotten, and what is forgotten is no evidence against anybody.
 */
import { z } from "zod";
import type { AccessEvent, SubjectEvent } from "../../ingest/vocabulary/event.ts";
import type { Relation } from "../detector.ts";
import { shortToken } from "./exposure-tally.ts";
import { createRing } from "./ring.ts";

/** Look-ups remembered of one subject, the newest. */
const lookupsMax = 12;
/** How long a look-up may explain what happens to the subject afterwards. */
const aftermathMs = 3 * 86_400_000;
/** How long onlookers of one subject are counted together. */
const crowdMs = 14 * 86_400_000;
/** Validity of an issued code. */
const codeMs = 15 * 60_000;

const relations = ["own", "open", "foreign", "none"] as const;
const lookupSchema = z.object({
  /** Of the access. */
  id: z.string(),
  agent: z.string(),
  at: z.number(),
  relation: z.enum(relations),
  isMeant: z.boolean(),
});
export type Lookup = z.infer<typeof lookupSchema>;
const trailSchema = z.object({ s: z.number(), lookups: z.array(lookupSchema) });
const codeSchema = z.object({ s: z.number(), at: z.number() });

export interface SubjectTrail {
  /** Notes that the agent looked at the event's only subject. */
  readonly noteLookup: (
    event: AccessEvent,
    look: { readonly relation: Relation; readonly isMeant: boolean },
  ) => void;
  /** Distinct other agents who lately looked at the event's only subject without work of their own. */
  readonly onlookers: (event: AccessEvent) => number;
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

export function createSubjectTrail(): SubjectTrail {
  const trails = createRing<z.infer<typeof trailSchema>>({
    name: "trails",
    entry: trailSchema,
    keyOf: ({ s }) => s,
    entriesPerBlock: 512,
    blocksMax: 128,
  });
  const codes = createRing<z.infer<typeof codeSchema>>({
    name: "codes",
    entry: codeSchema,
    keyOf: ({ s }) => s,
    entriesPerBlock: 1_024,
    blocksMax: 16,
  });
  return {
    noteLookup: (event, { relation, isMeant }) => {
      const s = onlySubject(event);
      if (s === undefined) return;
      const lookup = { id: event.eventId, agent: event.agent.id, at: event.at, relation, isMeant };
      const known = trails.find(s);
      const isLasting = known !== undefined && event.at - (known.lookups[0]?.at ?? 0) <= crowdMs;
      if (!isLasting) {
        trails.add({ s, lookups: [...(known?.lookups.slice(-lookupsMax + 1) ?? []), lookup] });
        return;
      }
      const last = known.lookups.at(-1);
      if (last?.agent === lookup.agent && last.relation === relation && last.isMeant === isMeant) {
        last.at = Math.max(last.at, event.at);
      } else {
        known.lookups.push(lookup);
        if (known.lookups.length > lookupsMax) known.lookups.shift();
      }
      trails.touch(s);
    },
    onlookers: (event) => {
      const s = onlySubject(event);
      const lookups = s === undefined ? undefined : trails.find(s)?.lookups;
      if (lookups === undefined) return 0;
      const others = lookups.filter(
        ({ agent, at, relation }) =>
          agent !== event.agent.id &&
          event.at - at <= crowdMs &&
          (relation === "foreign" || relation === "none"),
      );
      return new Set(others.map(({ agent }) => agent)).size;
    },
    hasLiveCode: (event) => {
      if (codes.isEmpty()) return undefined;
      return event.subjects.some((subject) => {
        const issued = codes.find(shortToken(subject.token))?.at;
        return issued !== undefined && event.at >= issued && event.at - issued <= codeMs;
      });
    },
    report: ({ type, subject, at }) => {
      const s = shortToken(subject.token);
      if (type === "code_issued") codes.add({ s, at });
      if (!takeoverTypes.has(type)) return [];
      const byAgent = new Map<string, Lookup>();
      for (const lookup of trails.find(s)?.lookups ?? []) {
        if (at >= lookup.at && at - lookup.at <= aftermathMs) byAgent.set(lookup.agent, lookup);
      }
      return [...byAgent.values()];
    },
    saveDirty: () => [...trails.saveDirty(), ...codes.saveDirty()],
    load: (key, state) => {
      if (key.startsWith("codes/")) codes.load(state);
      else trails.load(state);
    },
  };
}

function onlySubject({ subjects }: AccessEvent): number | undefined {
  const [only, ...others] = subjects;
  return only === undefined || others.length > 0 ? undefined : shortToken(only.token);
}
