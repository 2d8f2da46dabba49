/**
 * Crowds: several agents who look at one subject without work of their own. Each of them alone did one small
 * thing; it is the subject that shows it. A famous person, a colleague, an ex-partner.
 *
 * Whenever one more agent joins, the size of the crowd is held against the sizes at which agents of this
 * organisation join crowds (peaks over threshold), so where tickets are passed around a crowd of six is nothing.
 */
import { z } from "zod";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { type Alert, alertSchema, evidenceMax } from "../alert.ts";
import type { DetectorMeta } from "../detector.ts";
import { crowdThreshold } from "../evidence/budget.ts";
import { stakedEvidence, stakeLevel } from "../stats/evidence-value.ts";
import { emptyTail, fitTail, tailSchema, tailSurprise } from "../stats/exceedance-tail.ts";
import type { Judgement, VerdictResult } from "../verdict.ts";
import { alertIdOf } from "./alert-composer.ts";
import {
  crowdLessonsSchema,
  crowdPrior,
  type JudgeOf,
  learnJoin,
  tailOf,
} from "./crowd-lessons.ts";
import { rounded } from "./explanation.ts";
import { riskOf, severityOf } from "./harm.ts";
import type { Crowd } from "./subject-trail.ts";

/** Alerts that may still grow, the newest. */
const alertsMax = 64;
const daySeconds = 86_400;
/** Harm of one agent's look: like a search for a person that was meant. */
const harmPerAgent = 5;

const bookSchema = z.object({
  tail: tailSchema,
  /** Of joins, forgetting like the budget does. */
  joins: z.number(),
  at: z.number(),
  alerts: z.array(
    z.object({
      subject: z.number(),
      alert: alertSchema,
      judgement: z.enum(["ordinary", "misuse", "open"]).default("open"),
      /** Agents who came and were found to have had reason to. */
      excused: z.number().default(0),
    }),
  ),
  lessons: crowdLessonsSchema.optional(),
});
type Book = z.infer<typeof bookSchema>;
type Entry = Book["alerts"][number];

export interface CrowdBook {
  /** The alert that the event's agent tipped or adds to by joining; undefined: none. */
  readonly judge: (
    event: AccessEvent,
    crowd: Crowd,
    agentDays: number,
  ) => { readonly alert: Alert; readonly isNew: boolean } | undefined;
  /** Learns what somebody has found out about a crowd; undefined: it has no such alert. */
  readonly learn: (alertId: string, judgement: Judgement) => VerdictResult | undefined;
  readonly save: () => string;
  /** Throws ZodError or SyntaxError if `state` is no book of crowds. */
  readonly load: (state: string) => void;
}

const joinsHalfLifeMs = 28 * daySeconds * 1_000;

export function createCrowdBook(
  meta: DetectorMeta,
  falseAlertsPer100AgentDays: number,
  metrics: Pick<Metrics, "count"> | undefined,
): CrowdBook {
  let book: Book = { tail: emptyTail, joins: 0, at: 0, alerts: [] };
  const entryOf = (subject: number): Entry | undefined =>
    book.alerts.find((entry) => entry.subject === subject);
  const judgeOf: JudgeOf = (subject, at) => {
    const entry = entryOf(subject);
    if (entry === undefined || at < Date.parse(entry.alert.first_event_time)) return undefined;
    // Whoever comes after it was found ordinary is another matter.
    const isLater = at > Date.parse(entry.alert.last_event_time);
    return entry.judgement === "ordinary" && isLater ? undefined : entry.judgement;
  };
  /** Learns the join; how the crowd stands against what was known before. */
  const weigh = (event: AccessEvent, { subject, members }: Crowd, agentDays: number) => {
    const keep = book.at === 0 ? 1 : 2 ** (-Math.max(0, event.at - book.at) / joinsHalfLifeMs);
    const threshold = crowdThreshold(book.joins, agentDays, falseAlertsPer100AgentDays);
    const fit = fitTail(book.tail, crowdPrior);
    const size = members.length - (entryOf(subject)?.excused ?? 0);
    const nats = size > fit.level ? tailSurprise(size, fit) : 0;
    const evidence = nats === 0 ? 0 : stakedEvidence(nats, stakeLevel(threshold));
    const before = { tail: book.tail, lessons: book.lessons ?? { base: book.tail, joins: [] } };
    const learnt = learnJoin(before, [subject, size, event.at], judgeOf);
    const { tail, lessons } = learnt;
    if (learnt.early > 0) {
      metrics?.count("deskwatch_detect_lessons_settled_early_total", {}, learnt.early);
    }
    book = {
      ...book,
      tail,
      lessons,
      joins: book.joins * keep + 1,
      at: Math.max(book.at, event.at),
    };
    return { nats, evidence, threshold, typical: fit.level + fit.scale };
  };

  return {
    judge: (event, crowd, agentDays) => {
      const { threshold, ...weight } = weigh(event, crowd, agentDays);
      const entry = entryOf(crowd.subject);
      // One that was found ordinary is over: whoever comes beyond it is another crowd.
      const known = entry?.judgement === "ordinary" ? undefined : entry;
      if (known === undefined && weight.evidence < threshold) return undefined;
      const alert = alertOf(meta, { event, crowd, known: known?.alert, ...weight });
      const others = book.alerts.filter(({ subject }) => subject !== crowd.subject);
      const next = {
        subject: crowd.subject,
        alert,
        judgement: known?.judgement ?? ("open" as const),
        excused: entry?.excused ?? 0,
      };
      book.alerts = [...others, next].slice(-alertsMax);
      return { alert, isNew: known === undefined };
    },
    learn: (alertId, judgement) => {
      const entry = book.alerts.find(({ alert }) => alert.alert_id === alertId);
      if (entry === undefined) return undefined;
      if (entry.judgement === judgement) return "unchanged";
      entry.judgement = judgement;
      entry.excused = judgement === "ordinary" ? (entry.alert.agent_ids ?? []).length : 0;
      if (book.lessons !== undefined) book.tail = tailOf(book.lessons, judgeOf);
      return judgement;
    },
    save: () => JSON.stringify(book),
    load: (state) => {
      book = bookSchema.parse(JSON.parse(state));
    },
  };
}

interface Told {
  readonly event: AccessEvent;
  readonly crowd: Crowd;
  readonly nats: number;
  readonly evidence: number;
  /** Size that a crowd beyond two usually has. */
  readonly typical: number;
  readonly known: Alert | undefined;
}

function alertOf(meta: DetectorMeta, told: Told): Alert {
  const { event, crowd, known } = told;
  const { members } = crowd;
  const times = members.map(({ at }) => at);
  const id = known?.alert_id ?? alertIdOf(`crowd|${crowd.subject}|${event.eventId}`);
  const reason = reasonOf(meta, told);
  const harm = harmPerAgent * members.length;
  const evidence = Math.max(told.evidence, known?.e_value ?? 0);
  const agents = [...new Set([...(known?.agent_ids ?? []), ...members.map(({ agent }) => agent)])];
  return {
    alert_id: id,
    time: known?.time ?? new Date(event.at).toISOString(),
    first_event_time: known?.first_event_time ?? new Date(Math.min(...times)).toISOString(),
    last_event_time: new Date(Math.max(...times)).toISOString(),
    lane: "statistical",
    severity: severityOf(harm),
    risk: riskOf(harm, evidence),
    e_value: Number(evidence.toPrecision(4)),
    detectors: [meta.id],
    agent_id: null,
    agent_ids: agents.toSorted(),
    session_ids: [],
    title: `${members.length} agents looked at one subject without work of their own`,
    explanation: [
      reason.summary,
      meta.aggravating,
      meta.legitimate,
      `Check next: ${meta.runbook.join(" ")}`,
    ].join(" "),
    reasons: [reason],
    exposure: { searched: 0, displayed: 1, revealed: 0, exported: 0 },
    evidence: [...new Set([...members.map((one) => one.id), ...(known?.evidence ?? [])])].slice(
      0,
      evidenceMax,
    ),
    attack: [...meta.attack],
    incident_id: known?.incident_id ?? alertIdOf(`incident|${id}`),
    status: "open",
    disposition: null,
  };
}

function reasonOf(meta: DetectorMeta, { crowd, nats, typical }: Told) {
  const observed = crowd.members.length;
  const expected = rounded(typical);
  const p = rounded(Math.exp(-nats));
  return {
    detector: meta.id,
    observed,
    expected,
    unit: "agents who opened one subject without own work",
    window_seconds: crowd.days * daySeconds,
    p_value: p,
    baseline: "global" as const,
    summary: `${observed} agents opened one subject without own work within ${crowd.days} days; such crowds usually have about ${expected}; one in ${Math.max(1, Math.round(1 / p)).toLocaleString("en-US")} agents who join a crowd joins one so large.`,
  };
}
