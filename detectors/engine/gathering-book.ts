/**
 * Gatherings: several agents who meet over subjects that none of them has work on. Each of them alone did one
 * small thing; only together it shows. A crowd is many agents around one subject: a famous person, a colleague,
 * an ex-partner. A pair is two agents with many subjects in common: a list that they share.
 *
 * Whenever a gathering grows, its size is held against the sizes to which gatherings of this organisation grow
 * (peaks over threshold), so where tickets are passed around a crowd of six is nothing.
 */
import { z } from "zod";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { type Alert, alertSchema } from "../alert.ts";
import { gatheringThreshold } from "../evidence/budget.ts";
import type { DetectorMode } from "../parameters/detection-parameters.ts";
import { stakedEvidence, stakeLevel } from "../stats/evidence-value.ts";
import { fitSizes, sizeSurprise, sizesSchema } from "../stats/size-tail.ts";
import { type Judgement, judgements, type VerdictResult } from "../verdict.ts";
import {
  type GatheringTelling,
  gatheringAlert,
  observedIn,
  standingIn,
} from "./gathering-alert.ts";
import { gatheringLessonsSchema, learnGrowth, sizesOf } from "./gathering-lessons.ts";
import type { Gathering } from "./gatherings.ts";

/** Alerts that may still grow, those that last grew. An organisation of 50,000 has so many in two weeks. */
const alertsMax = 512;
const daySeconds = 86_400;

const bookSchema = z.object({
  sizes: sizesSchema,
  /** Times that one grew, each by its weight, forgetting like the budget does. */
  growths: z.number(),
  at: z.number(),
  alerts: z.array(
    z.object({
      key: z.number(),
      alert: alertSchema,
      judgement: z.enum(judgements).default("open"),
      /** Part of its size that was found to have had reason. */
      excused: z.number().default(0),
    }),
  ),
  lessons: gatheringLessonsSchema.optional(),
});
type Book = z.infer<typeof bookSchema>;
type Entry = Book["alerts"][number];

export interface GatheringBook {
  /** The alert that the event's agent tipped or adds to by its look; undefined: none. */
  readonly judge: (
    event: AccessEvent,
    gathering: Gathering,
    agentDays: number,
  ) => { readonly alert: Alert; readonly isNew: boolean } | undefined;
  /** Learns what somebody has found out about a gathering; undefined: it has no such alert. */
  readonly learn: (alertId: string, judgement: Judgement) => VerdictResult | undefined;
  readonly save: () => string;
  /** Throws ZodError or SyntaxError if `state` is no book of gatherings. */
  readonly load: (state: string) => void;
}

export interface GatheringOptions extends GatheringTelling {
  readonly metrics: Pick<Metrics, "count"> | undefined;
  /** Whether its detector alerts; in the shadow it only counts what it would say, and it learns in any case. */
  readonly mode: DetectorMode;
}

export function createGatheringBook(options: GatheringOptions): GatheringBook {
  const { kind, metrics, parameters } = options;
  const growthsHalfLifeMs = parameters.budget.half_life_days * daySeconds * 1_000;
  let book: Book = { sizes: [], growths: 0, at: 0, alerts: [] };
  const entryOf = (key: number): Entry | undefined =>
    book.alerts.find((entry) => entry.key === key);
  const judging = {
    prior: kind.prior,
    probationMs: parameters.learning.undisposed_days * daySeconds * 1_000,
    judgeOf: (key: number, at: number) => judgementAt(entryOf(key), at),
  };
  /** Learns the growth; how the gathering stands against what was known before. */
  const weigh = (event: AccessEvent, gathering: Gathering, agentDays: number) => {
    const keep = book.at === 0 ? 1 : 2 ** (-Math.max(0, event.at - book.at) / growthsHalfLifeMs);
    const seen = { growths: book.growths, agentDays };
    const weight = weightOf(options, event);
    const threshold = gatheringThreshold(kind, { ...seen, weight }, parameters.budget);
    const fit = fitSizes(book.sizes, kind.prior);
    const isTold = entryOf(gathering.key)?.judgement === "open";
    const size = gathering.size - (entryOf(gathering.key)?.excused ?? 0);
    const nats = sizeSurprise(size, fit);
    const evidence = nats === 0 ? 0 : stakedEvidence(nats, stakeLevel(threshold));
    const before = {
      sizes: book.sizes,
      lessons: book.lessons ?? { base: book.sizes, growths: [] },
    };
    const learnt = learnGrowth(before, [gathering.key, size, event.at], judging);
    if (learnt.early > 0) {
      metrics?.count("deskwatch_detect_lessons_settled_early_total", {}, learnt.early);
    }
    const { sizes, lessons } = learnt;
    const at = Math.max(book.at, event.at);
    book = { ...book, sizes, lessons, growths: book.growths * keep + (isTold ? 0 : weight), at };
    return { nats, evidence, threshold, fit };
  };

  type Weighed = ReturnType<typeof weigh>;
  const raise = (event: AccessEvent, gathering: Gathering, { threshold, ...weight }: Weighed) => {
    const { key } = gathering;
    const entry = entryOf(key);
    // One that was found ordinary is over: whoever comes beyond it is another one.
    const known = entry?.judgement === "ordinary" ? undefined : entry;
    if (known === undefined && weight.evidence < threshold) return undefined;
    // What is no larger than it was when last told is no news.
    if (known !== undefined && gathering.size <= observedIn(known.alert)) return undefined;
    const alert = gatheringAlert(options, { event, gathering, known: known?.alert, ...weight });
    const others = book.alerts.filter((one) => one.key !== key);
    const judgement = known?.judgement ?? ("open" as const);
    const next = { key, alert, judgement, excused: entry?.excused ?? 0 };
    book.alerts = [...newest(options, others, event), next];
    return { alert, isNew: known === undefined };
  };

  return {
    judge: (event, gathering, agentDays) => {
      const weighed = weigh(event, gathering, agentDays);
      if (options.mode === "alert") return raise(event, gathering, weighed);
      if (weighed.evidence >= weighed.threshold) countShadow(options);
      return undefined;
    },
    learn: (alertId, judgement) => {
      const entry = book.alerts.find(({ alert }) => alert.alert_id === alertId);
      if (entry === undefined) return undefined;
      if (entry.judgement === judgement) return "unchanged";
      entry.judgement = judgement;
      entry.excused = judgement === "ordinary" ? observedIn(entry.alert) : 0;
      if (book.lessons !== undefined) book.sizes = sizesOf(book.lessons, judging);
      return judgement;
    },
    save: () => JSON.stringify(book),
    load: (state) => {
      book = bookSchema.parse(JSON.parse(state));
    },
  };
}

function countShadow({ mode, meta, metrics }: GatheringOptions): void {
  if (mode !== "shadow") return;
  metrics?.count("deskwatch_detect_shadow_findings_total", { detector: meta.id });
}

/** All but the oldest if there are too many, which is counted if it could still have grown. */
function newest(
  { kind, metrics, parameters }: GatheringOptions,
  entries: readonly Entry[],
  { at }: AccessEvent,
): readonly Entry[] {
  const [oldest, ...others] = entries;
  if (oldest === undefined || entries.length < alertsMax) return entries;
  const reachMs = parameters.gatherings[kind.reachKey] * daySeconds * 1_000;
  if (at - Date.parse(oldest.alert.last_event_time) <= reachMs) {
    metrics?.count("deskwatch_detect_state_evictions_total", { detector: `${kind.id}s` });
  }
  return others;
}

function judgementAt(entry: Entry | undefined, at: number): Judgement | undefined {
  if (entry === undefined || at < Date.parse(entry.alert.first_event_time)) return undefined;
  if (entry.judgement === "open" && at <= Date.parse(entry.alert.time)) return undefined;
  // Whoever comes after it was found ordinary is another matter.
  const isLater = at > Date.parse(entry.alert.last_event_time);
  return entry.judgement === "ordinary" && isLater ? undefined : entry.judgement;
}

/** How often its growth counts. */
function weightOf(options: GatheringOptions, event: AccessEvent): number {
  const { watchlist_weight } = options.parameters.gatherings;
  return standingIn(options, event)?.isWatched === true ? watchlist_weight : 1;
}
