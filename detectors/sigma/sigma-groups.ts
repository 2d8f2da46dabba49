/**
 * The groups of one rule with what was counted in each: bounded, every bound that is hit counted, and printed whole
 * into a snapshot. Addresses and names stand in it as hashes only.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { alertSchema } from "../alert.ts";
import {
  createExposureMemory,
  type ExposureMemory,
  exposuresSchema,
  noExposures,
  printedExposures,
} from "./sigma-exposure.ts";
import type { GroupField, SigmaRule } from "./sigma-rule.ts";
import { dropUpTo, entrySchema, insert, thin } from "./sigma-window.ts";

/** More than any threshold, so that what is dropped at the bound changes no decision about the newest timespan. */
export const entriesPerGroupMax = 4_096;
const entriesPerRuleMax = 20_000;
const groupsPerRuleMax = 10_000;
/** Values of one event that are counted, and groups that one event is counted in. */
const valuesPerEventMax = 2_048;
const groupsPerEventMax = 100;
/**
 * entries: of a group. exposures: of a rule, missing in its alerts' exposure. groups: of a rule or an event. late: more
 * than a timespan. values: of an event.
 */
export const sigmaBounds = ["entries", "exposures", "groups", "late", "values"] as const;
export type SigmaBound = (typeof sigmaBounds)[number];

/** What is counted reaches back this many timespans, so that an event up to one timespan late is counted in full. */
const keptSpans = 2;

const groupSchema = z.object({
  key: z.string(),
  entries: z.array(entrySchema),
  exposures: exposuresSchema,
  alert: z.object({ body: alertSchema, revision: z.number() }).nullable(),
});
export type Group = z.infer<typeof groupSchema>;
const stateSchema = z.object({
  digest: z.string(),
  newestAt: z.number(),
  /** The one that was touched longest ago first. */
  groups: z.array(groupSchema),
});

export interface SigmaGroups {
  /** The groups of the event that have counted it, as they now stand. */
  readonly count: (event: AccessEvent) => readonly Group[];
  /** Whom the alert of a group has exposed so far. */
  readonly exposedBy: ExposureMemory["tell"];
  readonly saveDirty: () => string | undefined;
  /** A state of another rule of that name is left out. Throws ZodError or SyntaxError if `state` is none. */
  readonly load: (state: string) => void;
}

export function createSigmaGroups(
  rule: SigmaRule,
  hit: (bound: SigmaBound, times: number) => void,
): SigmaGroups {
  const keptMs = keptSpans * rule.timespan.ms;
  let newestAt = 0;
  let entries = 0;
  let isDirty = false;
  let groups = new Map<string, Group>();
  const memory = createExposureMemory((subjects) => hit("exposures", subjects));

  const touch = (key: string): Group => {
    const group = groups.get(key) ?? newGroup(key);
    groups.delete(key);
    groups.set(key, group);
    return group;
  };
  const isOver = (group: Group): boolean => newestAt - (group.entries.at(-1)?.at ?? 0) > keptMs;
  const isFull = (): boolean => groups.size > groupsPerRuleMax || entries > entriesPerRuleMax;
  /** Groups whose time is over are forgotten; beyond the bounds also those touched longest ago. */
  const makeRoom = (current: Group): void => {
    for (const group of groups.values()) {
      if (group === current || !(isOver(group) || isFull())) return;
      if (!isOver(group)) hit("groups", 1);
      groups.delete(group.key);
      entries -= group.entries.length;
      memory.forget(group.exposures);
    }
  };
  /** false: the event came so late that it is not counted. */
  const countIn = (group: Group, event: AccessEvent, values: readonly string[]): boolean => {
    const { eventId: id, agent, at } = event;
    const horizon = Math.max(group.entries.at(-1)?.at ?? 0, at) - keptMs;
    if (at <= horizon) {
      hit("late", 1);
      return false;
    }
    const before = group.entries.length;
    for (const value of values) insert(group.entries, { at, id, agent: agent.id, value });
    dropUpTo(group.entries, horizon);
    memory.note(group.exposures, event, horizon);
    hit("entries", thin(group.entries, entriesPerGroupMax, rule.counted !== undefined));
    entries += group.entries.length - before;
    makeRoom(group);
    return true;
  };
  return {
    count: (event) => {
      const names = groupsOf(rule.groupBy, event);
      const values = valuesOf(rule.counted, event);
      hit("groups", Math.max(0, names.length - groupsPerEventMax));
      hit("values", Math.max(0, values.length - valuesPerEventMax));
      if (names.length === 0 || values.length === 0) return [];
      isDirty = true;
      newestAt = Math.max(newestAt, event.at);
      const counted = values.slice(0, valuesPerEventMax);
      return names.slice(0, groupsPerEventMax).flatMap((name) => {
        const group = touch(name);
        return countIn(group, event, counted) ? [group] : [];
      });
    },
    exposedBy: memory.tell,
    saveDirty: () => {
      if (!isDirty) return undefined;
      isDirty = false;
      const all = [...groups.values()].map(printed);
      return JSON.stringify({ digest: rule.digest, newestAt, groups: all });
    },
    load: (state) => {
      const saved = stateSchema.parse(JSON.parse(state));
      if (saved.digest !== rule.digest) return;
      newestAt = saved.newestAt;
      groups = new Map(saved.groups.map((group) => [group.key, group]));
      entries = saved.groups.reduce((sum, group) => sum + group.entries.length, 0);
      for (const { exposures } of saved.groups) memory.add(exposures);
    },
  };
}

const newGroup = (key: string): Group => ({
  key,
  entries: [],
  exposures: noExposures(),
  alert: null,
});

const printed = (group: Group) => ({ ...group, exposures: printedExposures(group.exposures) });

/** Hashes, so that no address or name stands in a snapshot; 128 bits, so that no two are taken for one. */
const hashed = (text: string): string =>
  createHash("sha256").update(text).digest("base64url").slice(0, 22);

/** Every combination of the fields' values; none where the event lacks one of them. */
function groupsOf(fields: readonly GroupField[], event: AccessEvent): readonly string[] {
  let combinations: readonly string[] = [""];
  for (const field of fields) {
    const values = field.of(event);
    combinations = combinations.flatMap((before) =>
      values.map((value) => `${before}|${String(value).length}:${value}`),
    );
  }
  return combinations.slice(0, groupsPerEventMax + 1).map(hashed);
}

function valuesOf(counted: GroupField | undefined, event: AccessEvent): readonly string[] {
  if (counted === undefined) return [""];
  const values = counted.of(event);
  return values.slice(0, valuesPerEventMax + 1).map((value) => hashed(String(value)));
}
