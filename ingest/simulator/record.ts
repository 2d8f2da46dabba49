/** What a simulation writes down about itself beside its events: who worked when, and what was odd and harmless. */
import { iso } from "./event-mint.ts";
import type { WorklogRecorder } from "./worklog.ts";

export type OddityKind =
  | "recall_list"
  | "queue_sorting"
  | "vpn_abroad"
  | "new_machine"
  | "new_hire"
  | "team_change"
  | "role_change"
  | "shared_account"
  | "robot_among_agents"
  | "on_call"
  | "review"
  | "fraud_search";

/** Something unusual without harm, as the truth tells it. */
export interface Oddity {
  readonly id: string;
  readonly kind: OddityKind;
  readonly class: "benign";
  readonly agent_ids: readonly string[];
  readonly start: string;
  readonly end: string;
  /** How an alert is told to be about it: the agent and the time. */
  readonly match: "agent_time";
  readonly event_ids: readonly string[];
}

export interface OddTime {
  readonly kind: OddityKind;
  readonly agentId: string;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly until: number;
}

export interface DeskRecords {
  readonly worklog: WorklogRecorder;
  readonly note: (odd: OddTime) => void;
}

export interface OddityList {
  readonly note: DeskRecords["note"];
  readonly all: () => readonly Oddity[];
}

/** Notes of one agent and kind that touch or lie within `joinMs` of each other become one. */
export function createOddityList(joinMs: number): OddityList {
  const times: OddTime[] = [];
  const latest = new Map<string, number>();
  return {
    note: (odd) => {
      const key = `${odd.kind} ${odd.agentId}`;
      const place = latest.get(key);
      const last = place === undefined ? undefined : times[place];
      if (place !== undefined && last !== undefined && odd.from <= last.until + joinMs) {
        times[place] = { ...last, until: Math.max(last.until, odd.until) };
        return;
      }
      latest.set(key, times.length);
      times.push(odd);
    },
    all: () =>
      times.map(({ kind, agentId, from, until }, index) => ({
        id: `odd-${`${index}`.padStart(4, "0")}`,
        kind,
        class: "benign",
        agent_ids: [agentId],
        start: iso(from),
        end: iso(until),
        match: "agent_time",
        event_ids: [],
      })),
  };
}
