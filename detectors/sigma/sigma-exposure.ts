/**
 * Whom the counted accesses of a rule's groups exposed: remembered until an alert counts them or their time is over,
 * and from then on as the distinct subjects of the alert. 36 bits of each token. Bounded for each rule.
 */
import { z } from "zod";
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { exposureKindOf } from "../../ingest/vocabulary/exposure.ts";
import {
  type ExposureTally,
  emptyTally,
  kindIndex,
  noteExposure,
  shortToken,
} from "../engine/exposure-tally.ts";
import { sensitivityOf } from "../engine/harm.ts";
import { dropUpTo, insert, placeAfter } from "./sigma-window.ts";

/** Subjects of exposures and of alerts that a rule remembers; of further ones its alerts do not tell. */
export const exposuresPerRuleMax = 100_000;

const shownSchema = z.object({
  at: z.number(),
  kind: z.number(),
  sensitivity: z.number(),
  subjects: z.array(z.number()),
});
type Shown = z.infer<typeof shownSchema>;

/** Of a group. */
export interface Exposures {
  /** Those of no alert yet, oldest first. */
  readonly shown: Shown[];
  /** Of the newest alert. */
  readonly tally: ExposureTally;
}

export const noExposures = (): Exposures => ({ shown: [], tally: emptyTally() });

export const exposuresSchema: z.ZodType<Exposures> = z.object({
  shown: z.array(shownSchema),
  tally: z
    .object({
      subjects: z.array(z.tuple([z.number(), z.number()])),
      distinct: z.array(z.number()),
    })
    .transform(({ subjects, distinct }) => ({
      ...emptyTally(),
      subjects: new Map(subjects),
      distinct,
    })),
});

/** In JSON what `exposuresSchema` reads. */
export const printedExposures = ({ shown, tally }: Exposures) => ({
  shown,
  tally: { subjects: [...tally.subjects], distinct: tally.distinct },
});

const sizeOf = ({ shown, tally }: Exposures): number =>
  shown.reduce((sum, { subjects }) => sum + subjects.length, tally.subjects.size);

interface Told {
  /** Event time of the oldest and of the newest access that the alert counts. */
  readonly from: number;
  readonly to: number;
  readonly isNewAlert: boolean;
}

export interface ExposureMemory {
  /** Adds what the access exposed, after forgetting what is as old as `horizon`. */
  readonly note: (group: Exposures, event: AccessEvent, horizon: number) => void;
  /** Whom the alert's accesses exposed, those of earlier counts included. */
  readonly tell: (group: { exposures: Exposures }, told: Told) => ExposureTally;
  /** Of groups that are loaded. */
  readonly add: (group: Exposures) => void;
  readonly forget: (group: Exposures) => void;
}

/** `hit` is told how many subjects were not remembered. */
export function createExposureMemory(hit: (subjects: number) => void): ExposureMemory {
  let held = 0;
  return {
    note: ({ shown }, event, horizon) => {
      for (const { subjects } of dropUpTo(shown, horizon)) held -= subjects.length;
      const exposure = exposureKindOf(event);
      if (exposure === undefined || event.subjects.length === 0) return;
      if (held + event.subjects.length > exposuresPerRuleMax) {
        hit(event.subjects.length);
        return;
      }
      held += event.subjects.length;
      const subjects = event.subjects.map(({ token }) => shortToken(token));
      const how = { kind: kindIndex(exposure), sensitivity: sensitivityOf(event) };
      insert(shown, { at: event.at, ...how, subjects });
    },
    tell: (group, { from, to, isNewAlert }) => {
      const { shown, tally: former } = group.exposures;
      const tally = isNewAlert ? emptyTally() : former;
      held -= former.subjects.size;
      const first = shown.findIndex(({ at }) => at >= from && at <= to);
      const counted = first === -1 ? [] : shown.splice(first, placeAfter(shown, to) - first);
      const fresh = { subjects: 0, inKind: 0 };
      for (const { subjects, ...how } of counted) {
        held -= subjects.length;
        for (const short of subjects) noteExposure(tally, short, how, fresh);
      }
      held += tally.subjects.size;
      group.exposures = { shown, tally };
      return tally;
    },
    add: (group) => {
      held += sizeOf(group);
    },
    forget: (group) => {
      held -= sizeOf(group);
    },
  };
}
