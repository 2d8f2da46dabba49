/** One agent's state as JSON and back, checked on the way in. */
import { z } from "zod";
import { alertReasonSchema } from "../alert.ts";
import { printAcquaintance, readAcquaintance } from "./acquaintance.ts";
import type { AgentState, DayWindow, Run, SessionWindow } from "./agent-state.ts";
import { printTally, readTally } from "./exposure-tally.ts";
import {
  habitsSchema,
  printHabits,
  printTrace,
  readHabits,
  readTrace,
  traceSchema,
} from "./habits-snapshot.ts";
import { printProbation, probationSchema, readProbation } from "./probation-snapshot.ts";
import {
  citedSchema,
  countsSchema,
  printCited,
  printCounts,
  printDrifts,
  printHistories,
  printRates,
  readCited,
  readCounts,
  readDrifts,
  readHistories,
  readRates,
} from "./window-snapshot.ts";

/** Printed under the name `ledger` by every version of the engine. */
const tallySchema = z.object({ packed: z.string(), distinct: z.array(z.number()) });
const windowShape = {
  cause: z.string(),
  start: z.number(),
  last: z.number(),
  ledger: tallySchema,
  harm: z.number(),
  cited: z.array(citedSchema),
  alertId: z.string().optional(),
};
const sessionSchema = z.object({
  key: z.string(),
  trace: traceSchema,
  device: z.number(),
  network: z.number(),
  hasEnrolled: z.boolean(),
  missingIn: z.number().optional(),
  counts: countsSchema.optional(),
  ...windowShape,
});
const daySchema = z.object({
  index: z.number(),
  counts: countsSchema,
  ...windowShape,
});
const partSchema = z.object({
  cause: z.string(),
  harm: z.number(),
  eValue: z.number().nullable(),
  title: z.string(),
  reasons: z.array(alertReasonSchema),
  cited: z.array(z.object({ id: z.string(), at: z.number() })),
});
const runSchema = z.object({
  cause: z.string(),
  start: z.number(),
  /** Packed: CUSUMs, days, observed, expected, variance, asked. */
  drifts: z.string(),
  slow: z.object({ histories: z.string(), rates: z.string() }),
  slowAt: z.number(),
  isInTail: z.boolean(),
  harm: z.number(),
  ledger: tallySchema,
  cited: z.array(citedSchema),
  alertId: z.string().optional(),
});
const alertRecordSchema = z.object({
  id: z.string(),
  about: z.enum(["session", "agent-day", "agent-run", "policy"]),
  time: z.number(),
  revision: z.number(),
  last: z.number(),
  sessions: z.array(z.string()),
  incidentId: z.string().optional(),
  parts: z.array(partSchema),
  ledger: tallySchema,
});
const agentSchema = z.object({
  /** Place in the order of last use, for eviction after a restart. */
  order: z.number(),
  role: z.string(),
  historyAt: z.number(),
  histories: z.object({ session: z.string(), "agent-day": z.string() }),
  rates: z.string(),
  habits: habitsSchema,
  activeDay: z.number(),
  known: z.string(),
  sessions: z.array(sessionSchema),
  day: daySchema.optional(),
  run: runSchema.optional(),
  alerts: z.array(alertRecordSchema),
  probation: probationSchema.optional(),
  /** Policy states by detector, as JSON. */
  policy: z.record(z.string(), z.string()),
});

export interface AgentSnapshot {
  readonly agent: AgentState;
  readonly order: number;
  readonly policy: Readonly<Record<string, string>>;
}

type PrintedWindow = z.infer<typeof sessionSchema> | z.infer<typeof daySchema>;

function printAny<Window extends SessionWindow | DayWindow>(window: Window) {
  return {
    ...window,
    counts: window.counts && printCounts(window.counts),
    ledger: printTally(window.tally),
    cited: window.cited.map(printCited),
  };
}

/** The parts that both kinds of window have. */
function readAny({ ledger, cited, alertId }: PrintedWindow) {
  return { tally: readTally(ledger), cited: cited.map(readCited), alertId };
}

function printRun({ tally, slow, ...run }: Run) {
  return {
    ...run,
    drifts: printDrifts(run.drifts),
    slow: { histories: printHistories(slow.histories), rates: printRates(slow.rates) },
    cited: run.cited.map(printCited),
    ledger: printTally(tally),
  };
}

function readRun({ ledger, alertId, ...run }: z.infer<typeof runSchema>): Run {
  return {
    ...run,
    drifts: readDrifts(run.drifts),
    slow: { histories: readHistories(run.slow.histories), rates: readRates(run.slow.rates) },
    cited: run.cited.map(readCited),
    alertId,
    tally: readTally(ledger),
  };
}

export function printAgent({ agent, order, policy }: AgentSnapshot): string {
  return JSON.stringify({
    ...agent,
    order,
    histories: {
      session: printHistories(agent.histories.session),
      "agent-day": printHistories(agent.histories["agent-day"]),
    },
    rates: printRates(agent.rates),
    habits: printHabits(agent.habits),
    known: printAcquaintance(agent.known),
    sessions: [...agent.sessions.values()].map((session) => ({
      ...printAny(session),
      trace: printTrace(session.trace),
    })),
    day: agent.day && printAny(agent.day),
    run: agent.run && printRun(agent.run),
    alerts: agent.alerts.map(({ tally, ...alert }) => ({ ...alert, ledger: printTally(tally) })),
    probation: agent.probation && printProbation(agent.probation),
    policy,
  });
}

/** Throws SyntaxError or ZodError if `json` is no snapshot of an agent. */
export function readAgent(json: string): AgentSnapshot {
  const { order, policy, ...parsed } = agentSchema.parse(JSON.parse(json));
  const sessions = parsed.sessions.map((window): [string, SessionWindow] => [
    window.key,
    {
      ...window,
      ...readAny(window),
      counts: window.counts && readCounts(window.counts),
      trace: readTrace(window.trace),
    },
  ]);
  const day: DayWindow | undefined = parsed.day && {
    ...parsed.day,
    ...readAny(parsed.day),
    counts: readCounts(parsed.day.counts),
  };
  const agent: AgentState = {
    ...parsed,
    histories: {
      session: readHistories(parsed.histories.session),
      "agent-day": readHistories(parsed.histories["agent-day"]),
    },
    rates: readRates(parsed.rates),
    habits: readHabits(parsed.habits),
    known: readAcquaintance(parsed.known),
    sessions: new Map(sessions),
    day,
    run: parsed.run && readRun(parsed.run),
    probation: parsed.probation && readProbation(parsed.probation),
    alerts: parsed.alerts.map(({ ledger, incidentId, ...alert }) => ({
      ...alert,
      incidentId,
      tally: readTally(ledger),
    })),
  };
  return { agent, order, policy };
}
