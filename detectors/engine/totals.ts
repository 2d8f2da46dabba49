/** What the engine has done so far: for the metrics, and for whoever asks what a detector is worth. */
import { z } from "zod";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import type { Alert } from "../alert.ts";
import type { DetectorMeta } from "../detector.ts";
import type { BudgetState } from "../evidence/budget.ts";
import type { OpenDetector } from "../evidence/open-detector.ts";
import { sigmaLabel } from "../sigma/sigma-book.ts";
import { isSigmaId } from "../sigma/sigma-rule.ts";
import type { VerdictResult } from "../verdict.ts";
import type { Template } from "./explained.ts";

const totalsSchema = z.object({
  events: z.number(),
  newestAt: z.number(),
  /** By detector. */
  alerts: z.record(z.string(), z.number()),
  /** The last `spendingDays` UTC days with work, statistical alerts and active agents of each. */
  spending: z.array(z.object({ day: z.number(), alerts: z.number(), agents: z.number() })),
});

type State = z.infer<typeof totalsSchema>;

const dayMs = 86_400_000;
const spendingDays = 7;

/** A detector as `GET /v1/detectors` shows it. */
export interface DetectorDescription {
  readonly meta: DetectorMeta;
  readonly enabled: boolean;
  readonly lanes: readonly ("policy" | "statistical")[];
  /** Alerts raised with it among their detectors, since the state began. */
  readonly alerts: number;
  /** How much ordinary work the engine has seen: cold < 20, learning < 200 agent-days. */
  readonly learning: "cold" | "learning" | "ready";
}

export interface Totals {
  /** Events scored; grows by one with each. */
  readonly events: () => number;
  readonly noteEvent: (event: ConsoleEvent) => void;
  readonly noteFinding: (detector: string) => void;
  /** An exposing access, by what explains it. */
  readonly noteAccess: (template: Template) => void;
  readonly noteAlert: (alert: Alert) => void;
  readonly noteVerdict: (result: VerdictResult) => void;
  /** Windows that were learnt for good before anybody had judged their alert. */
  readonly noteSettledEarly: (lessons: number) => void;
  /** An agent was active at `at` for the first time of its UTC day. */
  readonly noteAgentDay: (at: number) => void;
  readonly describe: (budget: BudgetState) => readonly DetectorDescription[];
  readonly save: () => string;
  readonly load: (state: string) => void;
}

export function createTotals(
  detectors: readonly OpenDetector[],
  disabled: ReadonlySet<string>,
  budget: number,
  metrics: Pick<Metrics, "count" | "gauge"> | undefined,
): Totals {
  let totals: State = { events: 0, newestAt: 0, alerts: {}, spending: [] };
  return {
    events: () => totals.events,
    noteEvent: ({ kind, at }) => {
      totals.events += 1;
      totals.newestAt = Math.max(totals.newestAt, at);
      metrics?.count("deskwatch_detect_events_total", { event_kind: kind });
    },
    noteAccess: (template) => metrics?.count("deskwatch_detect_accesses_total", { template }),
    noteFinding: (detector) => metrics?.count("deskwatch_detect_findings_total", { detector }),
    noteAlert: (alert) => {
      const lead = labelOf(alert.detectors[0]);
      for (const id of alert.detectors) totals.alerts[id] = (totals.alerts[id] ?? 0) + 1;
      if (alert.lane === "statistical") spendingOn(totals, Date.parse(alert.time)).alerts += 1;
      const { lane, severity } = alert;
      metrics?.count("deskwatch_detect_alerts_total", { detector: lead, lane, severity });
    },
    noteVerdict: (result) => metrics?.count("deskwatch_detect_verdicts_total", { result }),
    noteSettledEarly: (lessons) => {
      if (lessons > 0) {
        metrics?.count("deskwatch_detect_lessons_settled_early_total", {}, lessons);
      }
    },
    noteAgentDay: (at) => {
      spendingOn(totals, at).agents += 1;
    },
    describe: ({ agentDays }) =>
      detectors.map(({ meta, policy, counting }) => ({
        meta,
        enabled: !disabled.has(meta.id),
        lanes: [
          ...(policy === undefined ? [] : ["policy" as const]),
          ...(counting === undefined ? [] : ["statistical" as const]),
        ],
        alerts: totals.alerts[meta.id] ?? 0,
        learning: learningOf(agentDays),
      })),
    save: () => {
      metrics?.gauge("deskwatch_detect_watermark_timestamp_seconds", {}, totals.newestAt / 1000);
      metrics?.gauge("deskwatch_detect_budget_spent_ratio", {}, spentRatio(totals, budget));
      return JSON.stringify(totals);
    },
    load: (state) => {
      totals = totalsSchema.parse(JSON.parse(state));
    },
  };
}

/** Analysts' rules are one to a metric: their names are the operator's. */
export const labelOf = (detector = ""): string => (isSigmaId(detector) ? sigmaLabel : detector);

function learningOf(agentDays: number): "cold" | "learning" | "ready" {
  if (agentDays < 20) return "cold";
  return agentDays < 200 ? "learning" : "ready";
}

function spendingOn({ spending }: State, at: number): State["spending"][number] {
  const day = Math.floor(at / dayMs);
  const known = spending.find((other) => other.day === day);
  if (known !== undefined) return known;
  const fresh = { day, alerts: 0, agents: 0 };
  spending.push(fresh);
  if (spending.length > spendingDays) spending.shift();
  return fresh;
}

/** Statistical alerts raised over the false alerts allowed; 0 before anybody worked. */
function spentRatio({ spending }: State, budget: number): number {
  const agents = spending.reduce((sum, day) => sum + day.agents, 0);
  const alerts = spending.reduce((sum, day) => sum + day.alerts, 0);
  return agents === 0 ? 0 : alerts / ((agents * budget) / 100);
}
