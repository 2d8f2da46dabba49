/** What the engine remembers of one agent. Mutable while in memory, a plain JSON text in a snapshot. */
import type { AlertReason } from "../alert.ts";
import type { Process, WindowKind } from "../evidence/dimension.ts";
import type { Counts } from "../evidence/window.ts";
import type { CountHistory } from "../stats/count-baseline.ts";
import type { Drift } from "../stats/drift.ts";
import type { RateHistory } from "../stats/trial-rate.ts";
import type { Acquaintance } from "./acquaintance.ts";
import type { CitedEvent } from "./cited-event.ts";
import type { ExposureTally } from "./exposure-tally.ts";
import { type Habits, newHabits, type Trace } from "./habits.ts";
import type { Probation } from "./probation.ts";
import { newRhythm, type Rhythm } from "./rhythm.ts";

/** One sign-in, or agent + console until silence. */
export interface SessionWindow {
  /** `s:` and the session id, or `c:` and the console. */
  readonly key: string;
  /** What the window's alert is named after: agent, key and first event. */
  readonly cause: string;
  readonly start: number;
  last: number;
  /** Opened by the first exposing event: a session that shows nobody is no trial. */
  counts: Counts | undefined;
  readonly tally: ExposureTally;
  readonly trace: Trace;
  /** Fingerprints of where the session was last told to come from; 0: not yet, or unnamed. */
  device: number;
  network: number;
  /** A factor was enrolled and not told yet. */
  hasEnrolled: boolean;
  readonly cited: CitedEvent[];
  /** Id of its alert in the statistical lane. */
  alertId: string | undefined;
  /** Index of the day that lacks its counts because it alerted by itself; absent: none. */
  missingIn?: number | undefined;
}

export interface DayWindow {
  /** Of the agent's own calendar. */
  readonly index: number;
  readonly cause: string;
  readonly start: number;
  last: number;
  readonly counts: Counts;
  /** Of closed sessions that did not alert themselves. */
  readonly tally: ExposureTally;
  /** The producer's ids of these, the first `sessionsPerDayMax`. */
  readonly sessions: string[];
  readonly cited: CitedEvent[];
  alertId: string | undefined;
}

/** What one window contributes to an alert. */
export interface AlertPart {
  /** The window's cause. */
  readonly cause: string;
  /** The window's e-value; null: a policy fact. */
  readonly eValue: number | null;
  readonly title: string;
  readonly reasons: readonly AlertReason[];
  readonly cited: readonly { readonly id: string; readonly at: number }[];
}

/** The agent's past with a long memory. */
export interface SlowPast {
  /** Of each count, by day. */
  readonly histories: readonly CountHistory[];
  /** Of each trial. */
  readonly rates: readonly RateHistory[];
}

/** Days in a row that are each a little unusual. */
export interface Run {
  /** Names its alert: agent and first day; empty while nothing drifts. */
  cause: string;
  start: number;
  /** One per dimension. */
  readonly drifts: Drift[];
  slow: SlowPast;
  /** Event time up to which `slow` is decayed. */
  slowAt: number;
  /** On its last day it stood among the rarest runs. */
  isInTail: boolean;
  readonly tally: ExposureTally;
  readonly cited: CitedEvent[];
  alertId: string | undefined;
}

/** An alert that may still grow: windows of one agent close to each other in time join it. */
export interface AlertRecord {
  readonly id: string;
  readonly about: Process | "policy";
  /** Event time of the event that tipped it. */
  readonly time: number;
  revision: number;
  /** When the earliest of its windows began; absent: it has none, or an earlier version has not kept it. */
  first?: number | undefined;
  /** Newest event time that was added. */
  last: number;
  readonly sessions: string[];
  incidentId: string | undefined;
  /** By window, at most `alertPartsMax`; the weakest goes first. */
  readonly parts: AlertPart[];
  /** Everyone exposed by its windows. */
  readonly tally: ExposureTally;
}

export const alertPartsMax = 4;
/** Sessions of one day that an alert about the day can name. */
export const sessionsPerDayMax = 64;
/** A subject that the agent looked at without work. */
export interface Stray {
  /** 30 bits of its token. */
  readonly mark: number;
  /** Its neighbourhood; 0: it has none. */
  readonly place: number;
  /** UTC day of the first look. */
  readonly day: number;
}
export const straysMax = 48;

export interface AgentState {
  role: string;
  /** Event time up to which histories are decayed. */
  learntAt: Record<WindowKind, number>;
  histories: Record<WindowKind, readonly CountHistory[]>;
  /** Of each trial. */
  rates: readonly RateHistory[];
  habits: Habits;
  readonly rhythm: Rhythm;
  /** UTC day of the last counted agent-day. */
  activeDay: number;
  readonly known: Acquaintance;
  /** The newest `straysMax`, each subject once. */
  readonly strays: Stray[];
  readonly sessions: Map<string, SessionWindow>;
  day: DayWindow | undefined;
  run: Run | undefined;
  readonly alerts: AlertRecord[];
  /** undefined: none of its closed windows is in doubt. */
  probation: Probation | undefined;
}

export function newAgent(): AgentState {
  return {
    role: "",
    learntAt: { session: 0, "agent-day": 0 },
    histories: { session: [], "agent-day": [] },
    rates: [],
    habits: newHabits(),
    rhythm: newRhythm(),
    activeDay: -1,
    known: new Set(),
    strays: [],
    sessions: new Map(),
    day: undefined,
    run: undefined,
    alerts: [],
    probation: undefined,
  };
}
