/**
 * What a misuse is made of: a script of accesses by one or more sign-ins, and the truth about them.
 *
 * A script knows only offsets from its start, so that the same story can take its natural hours in a
 * simulated month or a few seconds in a running system.
 */
import type { SubjectEventType } from "../vocabulary/event.ts";
import { type ExposureKind, exposureKindOf } from "../vocabulary/exposure.ts";
import { dayMs } from "./calendar.ts";
import type { Desk } from "./desk.ts";
import type { EventMint } from "./event-mint.ts";
import type { Random } from "./random.ts";
import type { DeskAgent } from "./roster.ts";
import { clonedSignIn, foreignSignIn, type Network, signIn } from "./session.ts";
import type { AccessDetail, Actor, WireAccess, WireEvent, WireSubjectRef } from "./wire-event.ts";
import type { WorkedShift, Worklog } from "./worklog.ts";

/** In a hurry, or by somebody who knows which reports a support desk reads. */
export const variants = ["naive", "careful"] as const;
export type Variant = (typeof variants)[number];

export interface Misuse {
  /** Kebab-case; `deskwatch simulate --misuse <id>`. */
  readonly id: string;
  /** The story that it tells; its own id when it is told in one way only. */
  readonly scenario: string;
  readonly variant: Variant;
  /** A few words for a list. */
  readonly title: string;
  /** What happens, in one sentence. */
  readonly doc: string;
  /** How many agents' accounts take part. */
  readonly accounts: number;
  /** Former agents act, rather than agents at work. */
  readonly formerAgents: boolean;
  /** Days that it needs, the last one included. */
  readonly days: number;
  readonly play: (stage: Stage) => void;
}

/** What a misuse's `play` is given. Offsets are milliseconds from the start of the misuse. */
export interface Stage {
  readonly desk: Desk;
  readonly random: Random;
  readonly at: number;
  /** As many as the misuse has accounts. */
  readonly agents: readonly DeskAgent[];
  /** Logs in as `agent`: on the usual machine, or from `network` on a machine nobody has seen. */
  readonly login: (agent: DeskAgent, offsetMs: number, network?: Network) => Actor;
  /** Logs in as `agent` from `network` with what looks like the agent's own machine. */
  readonly hijack: (agent: DeskAgent, offsetMs: number, network: Network) => Actor;
  /**
   * The agent's own work in the misuse's days, earliest first: as it was when the desk's work is known, else one
   * made-up sign-in a day without tickets. Never empty.
   */
  readonly shifts: (agent: DeskAgent) => readonly WorkedShift[];
  readonly act: (actor: Actor, offsetMs: number, detail: AccessDetail) => void;
  /** What somebody writes into the ticket system to look busy; not itself an access. */
  readonly ticket: (offsetMs: number, detail: TicketDetail) => void;
  /** Something that happens to a subject because of the misuse; not itself malicious access. */
  readonly consequence: (subject: WireSubjectRef, offsetMs: number, type: SubjectEventType) => void;
  readonly terminate: (agent: DeskAgent, offsetMs: number) => void;
}

export type TicketDetail = Parameters<EventMint["ticket"]>[1];

/** What really happened; subjects as canonical `type:id`. */
export interface Truth {
  readonly id: string;
  readonly scenario: string;
  readonly variant: Variant;
  readonly agent_ids: readonly string[];
  readonly session_ids: readonly string[];
  readonly start: string;
  readonly end: string;
  readonly malicious_event_ids: readonly string[];
  /** What happened to subjects because of it. */
  readonly consequence_event_ids: readonly string[];
  /** Tickets and roster changes that belong to it and are no accesses. */
  readonly accessory_event_ids: readonly string[];
  readonly tenants: readonly string[];
  readonly exposure: Readonly<Record<ExposureKind, readonly string[]>> & {
    readonly exported_rows: number;
    readonly reregistered: readonly string[];
  };
}

interface Line {
  readonly offsetMs: number;
  readonly mint: (at: number) => WireEvent;
}

export interface Script {
  readonly stage: Stage;
  /** The lines as events, earliest first; `withinMs` squeezes the whole into that time. */
  readonly events: (withinMs: number | undefined) => readonly WireEvent[];
}

export interface Cast {
  readonly desk: Desk;
  readonly random: Random;
  readonly mint: EventMint;
  readonly at: number;
  readonly agents: readonly DeskAgent[];
  /** Days that the misuse takes. */
  readonly days: number;
  readonly worklog?: Worklog;
}

export function createScript(cast: Cast): Script {
  const { mint, random, at } = cast;
  const lines: Line[] = [];
  const shiftsOf = new Map<string, readonly WorkedShift[]>();
  const act = (actor: Actor, offsetMs: number, detail: AccessDetail) => {
    lines.push({ offsetMs, mint: (time) => mint.access(actor, time, detail) });
  };
  const signInWith = (agent: DeskAgent, offsetMs: number, network: Network | undefined) => {
    const use = { random, mint, at: at + offsetMs };
    return network === undefined ? signIn(agent, use) : foreignSignIn(agent, use, network);
  };
  const enter = (actor: Actor, offsetMs: number) => {
    act(actor, offsetMs, { action: "login" });
    return actor;
  };
  const stage: Stage = {
    ...cast,
    act,
    login: (agent, offsetMs, network) => enter(signInWith(agent, offsetMs, network), offsetMs),
    hijack: (agent, offsetMs, network) =>
      enter(clonedSignIn(agent, { random, mint, at: at + offsetMs }, network), offsetMs),
    shifts: (agent) => {
      const known = shiftsOf.get(agent.ref.id) ?? shiftsIn(cast, agent);
      shiftsOf.set(agent.ref.id, known);
      return known;
    },
    ticket: (offsetMs, detail) => {
      lines.push({ offsetMs, mint: (time) => mint.ticket(time, detail) });
    },
    consequence: (subject, offsetMs, type) => {
      lines.push({ offsetMs, mint: (time) => mint.subject(time, type, subject) });
    },
    terminate: ({ ref }, offsetMs) => {
      const detail = { type: "terminated", agent_id: ref.id, team: ref.team } as const;
      lines.push({ offsetMs, mint: (time) => mint.agent(time, detail) });
    },
  };
  return { stage, events: (withinMs) => perform(lines, at, withinMs) };
}

/** As worked; where nobody knows what the agent really did, one sign-in a day. */
function shiftsIn(cast: Cast, agent: DeskAgent): readonly WorkedShift[] {
  const { random, mint, at, days, worklog } = cast;
  const worked = worklog?.shiftsOf(agent.ref.id, at, at + days * dayMs) ?? [];
  if (worked.length > 0) return worked;
  return Array.from({ length: days }, (_, day) => {
    const from = at + day * dayMs;
    const actor = signIn(agent, { random, mint, at: from });
    return { actor, from, until: from + agent.shiftMs, tickets: [] };
  });
}

function perform(lines: readonly Line[], at: number, withinMs?: number): readonly WireEvent[] {
  const inOrder = lines.toSorted((left, right) => left.offsetMs - right.offsetMs);
  const lastMs = inOrder.at(-1)?.offsetMs ?? 0;
  const pace = withinMs === undefined || lastMs <= withinMs ? 1 : withinMs / lastMs;
  // What came before the misuse is history and keeps its time.
  const whenOf = ({ offsetMs }: Line) => at + (offsetMs < 0 ? offsetMs : offsetMs * pace);
  return inOrder.map((line) => line.mint(Math.floor(whenOf(line))));
}

/** Reads the truth off the finished events, so that it cannot differ from them. */
export function truthOf(id: string, misuse: Misuse, events: readonly WireEvent[]): Truth {
  const accesses = events.filter((event) => event.kind === "access");
  const consequences = events.filter((event) => event.kind === "subject");
  const subjects = accesses.flatMap((event) => event.subjects ?? []);
  return {
    id,
    scenario: misuse.scenario,
    variant: misuse.variant,
    agent_ids: distinct(accesses.map((event) => event.agent.id)),
    session_ids: distinct(accesses.map((event) => event.session.id)),
    start: accesses.at(0)?.time ?? "",
    end: accesses.at(-1)?.time ?? "",
    malicious_event_ids: accesses.map((event) => event.event_id),
    consequence_event_ids: consequences.map((event) => event.event_id),
    accessory_event_ids: events
      .filter(({ kind }) => kind === "ticket" || kind === "agent")
      .map(({ event_id }) => event_id),
    tenants: distinct(subjects.flatMap(({ tenant }) => (tenant === undefined ? [] : [tenant]))),
    exposure: {
      searched: exposed(accesses, "searched"),
      displayed: exposed(accesses, "displayed"),
      revealed: exposed(accesses, "revealed"),
      exported: exposed(accesses, "exported"),
      exported_rows: accesses
        .filter(({ action }) => action === "export")
        .reduce((sum, { result_count = 0 }) => sum + result_count, 0),
      reregistered: distinct(
        consequences
          .filter(({ type }) => type === "reregistered")
          .map(({ subject }) => canonicalText(subject)),
      ),
    },
  };
}

const distinct = (texts: readonly string[]) => [...new Set(texts)].toSorted();

function exposed(accesses: readonly WireAccess[], kind: ExposureKind): readonly string[] {
  const hits = accesses.filter(({ action, outcome = "success", search }) => {
    return exposureKindOf({ action, outcome, search }) === kind;
  });
  return distinct(hits.flatMap(({ subjects = [] }) => subjects.map(canonicalText)));
}

function canonicalText({ type, id }: WireSubjectRef): string {
  return `${type}:${type === "email" || type === "username" ? id.toLowerCase() : id}`;
}
