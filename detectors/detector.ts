/**
 * The one interface that every detector implements.
 *
 * A detector is data plus pure functions. It owns no clock, socket, timer or randomness. It may state facts
 * that are wrong whatever the base rate (`policy`: one small state per agent, findings), and it may say
 * what it counts (`counts`, `tally`). Everything a count needs to become evidence (windows, baseline, peers'
 * prior, calibration, fusion, budget) is the same for all detectors and lives behind this interface, so a
 * new one is a few lines and cannot get the statistics wrong in its own way.
 */
import type { ZodType } from "zod";
import type { EpochMs, EventId } from "../ingest/vocabulary/brand.ts";
import type {
  AccessEvent,
  ConsoleEvent,
  Subject,
  SubjectEvent,
} from "../ingest/vocabulary/event.ts";
import { type ExposureKind, isOpening } from "../ingest/vocabulary/exposure.ts";
import type { Severity } from "./alert.ts";

/** What the analyst, the API, the documents and the contract test read; no behaviour hangs on it. */
export interface DetectorMeta {
  /** The file's name; never reused for another meaning. */
  readonly id: string;
  /** Raised when the meaning of a finding or a count changes. */
  readonly version: number;
  readonly title: string;
  readonly description: string;
  /** Of its policy findings, at least; statistical alerts are graded by the harm expected. */
  readonly severity: Severity;
  /** MITRE ATT&CK techniques. */
  readonly attack: readonly `T${number}`[];
  readonly falsePositives: readonly string[];
  /** What it cannot see, in plain words: a known gap is better than an unknown one. */
  readonly blindSpots: readonly string[];
  /** What makes an alert of it worse, and what would make it legitimate; complete sentences. */
  readonly aggravating: string;
  readonly legitimate: string;
  /** Two or three checks for the analyst, each with a time range and field names. */
  readonly runbook: readonly string[];
  readonly references: readonly string[];
  /** Upper bound of one agent's policy state printed as JSON. Bytes. */
  readonly stateBytesMax: number;
}

/** Subjects configured as canaries or as the watch list. */
export interface SubjectList {
  /** Tokens are equal, and either tenant is absent or both are. */
  readonly has: (subject: Subject) => boolean;
}

export interface Lists {
  readonly canaries: SubjectList;
  readonly watchlist: SubjectList;
}

/** A fact that is wrong whatever the base rate, at one moment. */
export interface PolicyFinding {
  readonly at: EpochMs;
  readonly eventId: EventId;
  /** How often the fact occurred in this event, in `unit`; at least 1. */
  readonly observed: number;
  readonly unit: string;
  /** One sentence for a person, holding no subject data. */
  readonly summary: string;
}

/** A flat record: small, printable, comparable. */
export type PolicyState = Readonly<Record<string, number | string | null>>;

export interface Policy<State extends PolicyState, Params> {
  /** Shape of a stored state; read back through this after a restart. */
  readonly state: ZodType<State>;
  readonly initial: State;
  /** Judges `event` against the agent's `state` as it was, then learns. Never mutates, never throws. */
  readonly step: (
    state: State,
    event: ConsoleEvent,
    context: { readonly lists: Lists; readonly params: Params },
  ) => { readonly state: State; readonly findings: readonly PolicyFinding[] };
}

/**
 * How an access hangs together with support work, after every template of explanation was tried.
 * own: the agent works on the ticket that is named, by assignment, reply or update. open: a queue item, call
 * or chat, or a live ticket that nobody holds or the agent's own team does. foreign: a live ticket in the
 * hands of others. none: no work, a dead ticket, or one that is about somebody else.
 */
export type Relation = "own" | "open" | "foreign" | "none";

/** Whether work of the agent's, its team's or nobody's yet explains the access. */
export const isOwnWork = (relation: Relation): boolean => relation === "own" || relation === "open";

/** The sighting, if it opened one subject, new to the session, that no own work explains. */
export function strayOpening(sighting: Sighting): ExposureSighting | undefined {
  if (sighting.kind !== "exposure" || !isOpening(sighting.event)) return undefined;
  const isSingle = sighting.freshSubjects === 1 && sighting.event.subjects.length === 1;
  return isSingle && !isOwnWork(sighting.relation) ? sighting : undefined;
}

/** What the access opened that is new to its session: records opened one by one, or a page, whatever its length. */
export const recordsOrPages = ({ event, freshSubjects }: ExposureSighting): number =>
  isOpening(event) ? freshSubjects : Math.min(1, freshSubjects);

/** undefined: the agent is hardly known. */
export type Absence = "leave" | "silence" | "none" | undefined;

/**
 * An exposing access with what is new about it. The subjects of earlier events of the same session and of
 * the agent's remembered past are told apart before this event is learnt.
 */
export interface ExposureSighting {
  readonly kind: "exposure";
  readonly event: AccessEvent;
  readonly exposure: ExposureKind;
  readonly relation: Relation;
  /** The agent itself opened the ticket, and nobody but the agent has touched it since. */
  readonly isSelfOpened: boolean;
  /** A ticket that somebody works on is named, and it is about somebody else. */
  readonly isMislinked: boolean;
  /** The agent had looked at the only subject on an earlier day, without work then as now. */
  readonly isReturn: boolean;
  /**
   * Looked at without own work, the only subject is numbered beside enough of the newest that the agent so looked
   * at; undefined: own work explains it, it is among those itself, or it has no number.
   */
  readonly isNeighbour: boolean | undefined;
  /** Distinct subjects that this session had not yet exposed in any way. */
  readonly freshSubjects: number;
  /** Distinct subjects that this session had not yet exposed in this way. */
  readonly freshInKind: number;
  /** Distinct subjects that the agent had not met before, as far back as its memory reaches. */
  readonly unknownSubjects: number;
  /** Whether the customer organisation is a rare one for the agent; undefined: its usual ones are not known. */
  readonly isRareTenant: boolean | undefined;
  /** Whether the team on whose behalf the agent acts is a rare one for it; undefined: not known. */
  readonly isRareTeam: boolean | undefined;
  /** Whether the agent rarely works at this hour of the week; undefined: its usual hours are not known. */
  readonly isRareHour: boolean | undefined;
  /** Why nobody should be there: the agent is on leave, or the session ends the account's longest silence. */
  readonly absence: Absence;
  /** The first exposing access of the session within this hour. */
  readonly isFirstOfHour: boolean;
  /** A code was issued to one of the subjects and is still valid; undefined: no codes are reported. */
  readonly hasLiveCode: boolean | undefined;
  /** Distinct other agents who lately looked at the only subject without work of their own. */
  readonly onlookers: number;
}

/** Where a session comes from, told once when it first exposes somebody and again whenever that changes. */
export interface SignInSighting {
  readonly kind: "sign-in";
  readonly event: AccessEvent;
  /** Neither device nor browser was seen of this agent; undefined: the producer names none. */
  readonly isNewDevice: boolean | undefined;
  /** Neither network operator nor country, nor else the address, was seen of this agent; undefined: unnamed. */
  readonly isNewNetwork: boolean | undefined;
  /** Nobody else in the organisation was seen on this network, nor was the agent; undefined: unnamed or young. */
  readonly isNewToAll: boolean | undefined;
  /** The agent is at work from a known network at the same time. */
  readonly isElsewhere: boolean;
  /** The network has been seen of the agent before; not so if it is unnamed. */
  readonly isOnKnownNetwork: boolean;
  /** The session enrolled a factor since it was last told. */
  readonly hasEnrolled: boolean;
  /** The first time for this session. */
  readonly isFirst: boolean;
}

/** Something happened to the account of a subject whom the agent had looked at. */
export interface AftermathSighting {
  readonly kind: "aftermath";
  readonly event: SubjectEvent;
  /** How the agent looked. */
  readonly isMeant: boolean;
  readonly relation: Relation;
  /** Since the look-up. Milliseconds. */
  readonly elapsedMs: number;
}

export type Sighting = ExposureSighting | SignInSighting | AftermathSighting;

/** One thing that a detector counts, per session and per agent-day. */
export interface Count {
  readonly id: string;
  /** Of the count, for a person: "subjects opened one by one". */
  readonly unit: string;
  /** Share of the detector's stake, > 0; the shares of one detector's counts and trials add up to 1. */
  readonly share: number;
  /** Also looked at as the highest number within ten minutes of a session. */
  readonly peak: boolean;
}

/**
 * A question that ordinary work answers with yes at a rate of its own. What is tested is the share of yes
 * among what was asked, so a busy day alone says nothing.
 */
export interface Trial {
  readonly id: string;
  /** What a yes is, for a person: "of the subjects opened had never been met before". */
  readonly unit: string;
  readonly share: number;
}

/** How often a trial was asked and answered yes by one sighting. A yes may come later than its question. */
export interface Answer {
  readonly asked: number;
  readonly yes: number;
}

/** So many questions with one answer; undefined: there is none. */
export const answer = (isYes: boolean | undefined, asked = 1): Answer | undefined =>
  isYes === undefined ? undefined : { asked, yes: isYes ? asked : 0 };

/**
 * What a behaviour is about: where and when the agent comes from (presence), how much it exposes (amount), or
 * what reason it has (reason). Behaviours of one aspect go together in ordinary work, aspects hardly do.
 */
export const aspects = ["presence", "amount", "reason"] as const;
export type Aspect = (typeof aspects)[number];

export interface Counting<Params> {
  readonly aspect: Aspect;
  /** Detectors that see one behaviour in several ways name it alike, so that it counts once; absent: one of its own. */
  readonly behaviour?: string;
  /** Weight of the detector in the fused evidence, by the harm that it stands for; > 0. */
  readonly stake: number;
  readonly counts: readonly Count[];
  readonly trials: readonly Trial[];
  /** Amounts ≥ 0 that the event adds, one for each of `counts`. Pure. */
  readonly tally: (sighting: ExposureSighting, params: Params) => readonly number[];
  /** One answer for each of `trials`; undefined: nothing was asked. Pure. */
  readonly ask: (sighting: Sighting, params: Params) => readonly (Answer | undefined)[] | undefined;
}

/** Whose accesses are watched: the console's agents, or whoever asks through the service's own API. */
export type Watched = "agents" | "readers";

export interface Detector<State extends PolicyState, Params> {
  readonly meta: DetectorMeta;
  /** Absent: agents. */
  readonly over?: Watched;
  /** Tunables with defaults, units in their names; parsed once at start. */
  readonly params: ZodType<Params>;
  readonly policy?: Policy<State, Params>;
  readonly counting?: Counting<Params>;
}

/** Fixes the type parameters of a rule at its definition and freezes it. */
export function defineDetector<State extends PolicyState, Params>(
  detector: Detector<State, Params>,
): Detector<State, Params> {
  return Object.freeze(detector);
}
