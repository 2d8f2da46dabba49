/** A worked-in desk, one agent of it who does something unusual, and what that has taught. */
import { z } from "zod";
import type { AlertChange, Disposition } from "../../../../detectors/alert.ts";
import { packAgent, unpackAgent } from "../../../../detectors/engine/agent-snapshot.ts";
import type { AgentState } from "../../../../detectors/engine/agent-state.ts";
import { createEngine, type Engine } from "../../../../detectors/engine/engine.ts";
import { createPacker, createUnpacker } from "../../../../detectors/engine/packing.ts";
import { printDense, readDense } from "../../../../detectors/engine/printed-state.ts";
import type { EngineInput } from "../../../../detectors/engine-input.ts";
import type { Verdict } from "../../../../detectors/verdict.ts";
import type { AccessEvent, ConsoleEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const agent = "agent-3";
const days = 20;
export const attackAt = deskStart + days * dayMs + 9 * hourMs;
const work = ordinaryWork({ seed: 21, agents: 12, days });
/** The same desk later on: other sessions, the same habits. */
export const laterWork = ordinaryWork({ seed: 22, agents: 12, days: 6 }).map((event) => ({
  ...event,
  at: event.at + (days + 2) * dayMs,
})) as AccessEvent[];

export const fresh = (): Engine =>
  createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] });
export const worked = (): Engine => {
  const engine = fresh();
  for (const event of work) engine.step(event);
  return engine;
};

export function bulk(at: number, records: number, session: string): ConsoleEvent[] {
  return Array.from({ length: records }, (_, n) =>
    access({
      id: `${session}-${n}`,
      at: at + n * 10_000,
      agent,
      session,
      subjects: [subject(`victim-${session}-${n}`)],
    }),
  );
}

/** Shows nobody; what is over by then closes. */
export const login = (at: number): ConsoleEvent =>
  access({ id: `login-${at}`, at, agent, session: `login-${at}`, action: "login" });

export const run = (engine: Engine, inputs: readonly EngineInput[]): AlertChange[] =>
  inputs.flatMap((input) => [...engine.step(input)]);

export const verdict = (alertId: string, disposition: Disposition | null): Verdict => ({
  kind: "verdict",
  alertId,
  disposition,
});

/** The alert that a run of bulk look-ups led to. */
export function alertOf(changes: readonly AlertChange[], session: string): string {
  const own = changes.filter(({ alert }) => alert.session_ids?.includes(session));
  return own.at(-1)?.alert.alert_id ?? "none";
}

const rowSchema = z.looseObject({ packed: z.string() });

/** The agent that a row of a snapshot holds. */
export const agentOf = (state: string): AgentState =>
  unpackAgent(createUnpacker(), readDense(rowSchema.parse(JSON.parse(state)).packed));

/** The row of a snapshot with another agent in it. */
export const rowWith = (state: string, other: AgentState): string =>
  JSON.stringify({
    ...rowSchema.parse(JSON.parse(state)),
    packed: printDense(packAgent(createPacker(), other)),
  });

const printed = new WeakMap<Engine, Map<string, string>>();

/** Every key of the engine as it stands: a snapshot prints only what has changed since the last one. */
export function stateIn(engine: Engine): ReadonlyMap<string, string> {
  const state = printed.get(engine) ?? new Map<string, string>();
  for (const row of engine.snapshotDirty()) state.set(row.key, row.state);
  printed.set(engine, state);
  return state;
}

export function baselinesIn(engine: Engine) {
  return agentOf(stateIn(engine).get(`agent/${agent}`) ?? "{}");
}

/** What the agent's closed windows have taught, as a snapshot prints it. */
export function taughtIn(engine: Engine) {
  const { learntAt, histories, rates, habits, run: days } = baselinesIn(engine);
  return { learntAt, histories, rates, habits, slow: days?.slow, slowAt: days?.slowAt };
}

/** Σ x over the agent's sessions, all counts together. */
export const sumOfSessions = (engine: Engine): number =>
  baselinesIn(engine).histories.session.reduce((all, { sum }) => all + sum, 0);

export const attack = bulk(attackAt, 80, "stolen");
/** By then the attack's session and day are over. */
export const after = login(attackAt + dayMs);
