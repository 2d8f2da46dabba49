/**
 * Analysts' rules as they run: every matching access is counted in its group, and a group whose last timespan meets
 * the rule's condition alerts. Event time only; the same events in the same order give the same alerts, across any
 * restart. O(rules) for an event that matches none, O(counted accesses of the group) for one that does.
 */
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { AccessEvent, ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import type { Alert } from "../alert.ts";
import { sigmaAlertOf } from "./sigma-alert.ts";
import {
  createSigmaGroups,
  type Group,
  type SigmaBound,
  type SigmaGroups,
} from "./sigma-groups.ts";
import type { SigmaRule } from "./sigma-rule.ts";
import { type Entry, fullestSpan } from "./sigma-window.ts";

/** All rules are one detector where a metric names one: their names are the operator's. */
export const sigmaLabel = "sigma";

/** Revisions of one alert that are all told; after them one in twenty is. */
const revisionsTold = 200;
const revisionStride = 20;

export interface RaisedBySigma {
  readonly alert: Alert;
  readonly isNew: boolean;
}

export interface SigmaBook {
  /** The alerts that the event raises or adds to. */
  readonly judge: (event: ConsoleEvent) => readonly RaisedBySigma[];
  readonly saveDirty: () => Iterable<readonly { key: string; state: string }[]>;
  /** Throws ZodError or SyntaxError if `state` is no state of a rule; one of no rule here is left out. */
  readonly load: (key: string, state: string) => void;
}

export interface SigmaOptions {
  readonly rules: readonly SigmaRule[];
  /** Ids of rules that count and raise no alert. */
  readonly shadow: ReadonlySet<string>;
  readonly metrics: Pick<Metrics, "count"> | undefined;
}

interface Running {
  readonly rule: SigmaRule;
  readonly isShadow: boolean;
  readonly groups: SigmaGroups;
}

const nothing: readonly RaisedBySigma[] = [];

export function createSigmaBook({ rules, shadow, metrics }: SigmaOptions): SigmaBook {
  const hit = (bound: SigmaBound, times: number): void => {
    if (times > 0) metrics?.count("deskwatch_detect_sigma_bounds_total", { bound }, times);
  };
  const running = rules.map((rule) => ({
    rule,
    key: `sigma/${rule.id}`,
    isShadow: shadow.has(rule.id),
    groups: createSigmaGroups(rule, hit),
  }));
  const judgeGroup = (one: Running, event: AccessEvent) => (group: Group) => {
    const met = metBy(one.rule, group, event);
    if (met === undefined) return [];
    metrics?.count("deskwatch_detect_findings_total", { detector: sigmaLabel });
    if (!one.isShadow) return accuse(one, group, met);
    metrics?.count("deskwatch_detect_shadow_findings_total", { detector: sigmaLabel });
    return [];
  };
  return {
    judge: (event) => {
      if (event.kind !== "access") return nothing;
      let raised = nothing;
      for (const one of running) {
        if (!one.rule.matches(event)) continue;
        const found = one.groups.count(event).flatMap(judgeGroup(one, event));
        if (found.length > 0) raised = [...raised, ...found];
      }
      return raised;
    },
    saveDirty: () =>
      running.map(({ key, groups }) => {
        const state = groups.saveDirty();
        return state === undefined ? [] : [{ key, state }];
      }),
    load: (key, state) => running.find((one) => one.key === key)?.groups.load(state),
  };
}

interface Condition {
  readonly event: AccessEvent;
  readonly count: number;
  readonly counted: readonly Entry[];
}

/** What the group counted within a timespan, if that meets the rule's condition. */
function metBy(rule: SigmaRule, { entries }: Group, event: AccessEvent): Condition | undefined {
  const { count, from, to } = fullestSpan(entries, {
    at: event.at,
    spanMs: rule.timespan.ms,
    isDistinct: rule.counted !== undefined,
    isLateAllowed: !rule.isBoundedAbove,
  });
  const isMet = count > 0 && rule.holds(count);
  return isMet ? { event, count, counted: entries.slice(from, to) } : undefined;
}

/** A group alerts once as long as its condition is met again within a timespan. */
function accuse({ rule, groups }: Running, group: Group, met: Condition): RaisedBySigma[] {
  const { alert: former } = group;
  const elapsed = former === null ? 0 : met.event.at - Date.parse(former.body.last_event_time);
  const known = former === null || elapsed > rule.timespan.ms ? undefined : former;
  const exposed = groups.exposedBy(group, {
    from: met.counted[0]?.at ?? met.event.at,
    to: met.counted.at(-1)?.at ?? met.event.at,
    isNewAlert: known === undefined,
  });
  const body = sigmaAlertOf({ rule, group: group.key, ...met, exposed, known: known?.body });
  const revision = (known?.revision ?? 0) + 1;
  group.alert = { body, revision };
  const isTold = revision <= revisionsTold || revision % revisionStride === 0;
  return isTold ? [{ alert: body, isNew: known === undefined }] : [];
}
