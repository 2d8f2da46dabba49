/** What the engine has done so far: for the metrics, and for whoever asks what a detector is worth. */
import { z } from "zod";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import type { Alert } from "../alert.ts";
import type { DetectorMeta } from "../detector.ts";
import type { BudgetState } from "../evidence/budget.ts";
import type { OpenDetector } from "../evidence/open-detector.ts";

const totalsSchema = z.object({
  events: z.number(),
  newestAt: z.number(),
  /** By detector. */
  alerts: z.record(z.string(), z.number()),
  /** Statistical alerts by UTC day, the last `spendingDays`. */
  spending: z.array(z.tuple([z.number(), z.number()])),
});

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
  readonly noteAlert: (alert: Alert) => void;
  readonly describe: (budget: BudgetState) => readonly DetectorDescription[];
  readonly save: () => string;
  readonly load: (state: string) => void;
}

export function createTotals(
  detectors: readonly OpenDetector[],
  disabled: ReadonlySet<string>,
  metrics: Pick<Metrics, "count" | "gauge"> | undefined,
): Totals {
  let totals: z.infer<typeof totalsSchema> = { events: 0, newestAt: 0, alerts: {}, spending: [] };
  return {
    events: () => totals.events,
    noteEvent: ({ kind, at }) => {
      totals.events += 1;
      totals.newestAt = Math.max(totals.newestAt, at);
      metrics?.count("deskwatch_detect_events_total", { event_kind: kind });
    },
    noteFinding: (detector) => metrics?.count("deskwatch_detect_findings_total", { detector }),
    noteAlert: (alert) => {
      const [lead = ""] = alert.detectors;
      for (const id of alert.detectors) totals.alerts[id] = (totals.alerts[id] ?? 0) + 1;
      if (alert.lane === "statistical") spend(totals.spending, Date.parse(alert.time));
      const { lane, severity } = alert;
      metrics?.count("deskwatch_detect_alerts_total", { detector: lead, lane, severity });
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
      return JSON.stringify(totals);
    },
    load: (state) => {
      totals = totalsSchema.parse(JSON.parse(state));
    },
  };
}

function learningOf(agentDays: number): "cold" | "learning" | "ready" {
  if (agentDays < 20) return "cold";
  return agentDays < 200 ? "learning" : "ready";
}

function spend(spending: [number, number][], at: number): void {
  const day = Math.floor(at / dayMs);
  const today = spending.find(([other]) => other === day);
  if (today !== undefined) today[1] += 1;
  else spending.push([day, 1]);
  while (spending.length > spendingDays) spending.shift();
}
