/** What agents really did in a simulated stretch, for a misuse to hide among: shifts, and the tickets of each. */
import type { SubjectPlace } from "./population.ts";
import type { Actor } from "./wire-event.ts";

/** A customer's ticket as one agent took it. */
export interface WorkedTicket {
  readonly at: number;
  readonly ticketId: string;
  readonly place: SubjectPlace;
}

/** One sign-in, from login to the planned end of the shift. Epoch milliseconds. */
export interface WorkedShift {
  readonly actor: Actor;
  readonly from: number;
  readonly until: number;
  /** In the order in which they were taken. */
  readonly tickets: readonly WorkedTicket[];
}

export interface Worklog {
  /** The agent's shifts that begin within [from, until), earliest first. */
  readonly shiftsOf: (agentId: string, from: number, until: number) => readonly WorkedShift[];
}

export interface WorklogRecorder extends Worklog {
  readonly add: (shift: WorkedShift) => void;
}

/** Memory: about 100 bytes a ticket; bounded by the stretch that is recorded. */
export function createWorklog(): WorklogRecorder {
  const byAgent = new Map<string, WorkedShift[]>();
  return {
    add: (shift) => {
      const { id } = shift.actor.agent;
      const own = byAgent.get(id);
      if (own === undefined) byAgent.set(id, [shift]);
      else own.push(shift);
    },
    shiftsOf: (agentId, from, until) =>
      (byAgent.get(agentId) ?? []).filter((shift) => shift.from >= from && shift.from < until),
  };
}
