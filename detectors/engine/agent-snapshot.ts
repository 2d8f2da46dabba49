/** One agent's state as JSON and back, checked on the way in. */
import { z } from "zod";
import { alertReasonSchema } from "../alert.ts";
import { printAcquaintance, readAcquaintance } from "./acquaintance.ts";
import type { AgentState, AlertRecord, SessionWindow, WeekWindow } from "./agent-state.ts";
import { printLedger, readLedger } from "./ledger.ts";

const ledgerSchema = z.object({ packed: z.string(), distinct: z.array(z.number()) });
const historySchema = z.object({
  windows: z.number(),
  sum: z.number(),
  excess: z.number(),
  square: z.number(),
});
const citedSchema = z.object({ id: z.string(), at: z.number(), amounts: z.array(z.number()) });
const countsSchema = z.object({
  totals: z.array(z.number()),
  peaks: z.array(
    z.object({
      slice: z.number(),
      current: z.number(),
      previous: z.number(),
      best: z.number(),
      bestSlice: z.number(),
    }),
  ),
  models: z.array(z.object({ mean: z.number(), size: z.number(), ownShare: z.number() })),
  threshold: z.number(),
});
const windowShape = {
  cause: z.string(),
  start: z.number(),
  last: z.number(),
  ledger: ledgerSchema,
  harm: z.number(),
  cited: z.array(citedSchema),
  alertId: z.string().optional(),
};
const sessionSchema = z.object({
  key: z.string(),
  counts: countsSchema.optional(),
  ...windowShape,
});
const weekSchema = z.object({
  index: z.number(),
  counts: countsSchema,
  logBest: z.number(),
  wealth: z.array(z.number()),
  ...windowShape,
});
const alertRecordSchema = z.object({
  id: z.string(),
  about: z.enum(["session", "agent-week", "policy"]),
  time: z.number(),
  revision: z.number(),
  last: z.number(),
  sessions: z.array(z.string()),
  parts: z.array(
    z.object({
      cause: z.string(),
      harm: z.number(),
      eValue: z.number().nullable(),
      title: z.string(),
      reasons: z.array(alertReasonSchema),
      cited: z.array(z.object({ id: z.string(), at: z.number() })),
    }),
  ),
  ledger: ledgerSchema,
});
const agentSchema = z.object({
  /** Place in the order of last use, for eviction after a restart. */
  order: z.number(),
  role: z.string(),
  historyAt: z.number(),
  histories: z.object({ session: z.array(historySchema), "agent-week": z.array(historySchema) }),
  activeDay: z.number(),
  known: z.string(),
  sessions: z.array(sessionSchema),
  week: weekSchema.optional(),
  alerts: z.array(alertRecordSchema),
  /** Policy states by detector, as JSON. */
  policy: z.record(z.string(), z.string()),
});

export interface AgentSnapshot {
  readonly agent: AgentState;
  readonly order: number;
  readonly policy: Readonly<Record<string, string>>;
}

export function printAgent({ agent, order, policy }: AgentSnapshot): string {
  return JSON.stringify({
    order,
    role: agent.role,
    historyAt: agent.historyAt,
    histories: agent.histories,
    activeDay: agent.activeDay,
    known: printAcquaintance(agent.known),
    sessions: [...agent.sessions.values()].map((window) => ({
      ...window,
      ledger: printLedger(window.ledger),
    })),
    week: agent.week && { ...agent.week, ledger: printLedger(agent.week.ledger) },
    alerts: agent.alerts.map((alert) => ({ ...alert, ledger: printLedger(alert.ledger) })),
    policy,
  });
}

/** Throws SyntaxError or ZodError if `json` is no snapshot of an agent. */
export function readAgent(json: string): AgentSnapshot {
  const parsed = agentSchema.parse(JSON.parse(json));
  const sessions = parsed.sessions.map((window): [string, SessionWindow] => [
    window.key,
    {
      ...window,
      counts: window.counts,
      ledger: readLedger(window.ledger),
      alertId: window.alertId,
    },
  ]);
  const week: WeekWindow | undefined = parsed.week && {
    ...parsed.week,
    ledger: readLedger(parsed.week.ledger),
    alertId: parsed.week.alertId,
  };
  const alerts = parsed.alerts.map(
    (alert): AlertRecord => ({ ...alert, ledger: readLedger(alert.ledger) }),
  );
  return {
    agent: {
      role: parsed.role,
      historyAt: parsed.historyAt,
      histories: parsed.histories,
      activeDay: parsed.activeDay,
      known: readAcquaintance(parsed.known),
      sessions: new Map(sessions),
      week,
      alerts,
    },
    order: parsed.order,
    policy: parsed.policy,
  };
}
