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
import type { AccessEvent, ConsoleEvent, Subject } from "../ingest/vocabulary/event.ts";
import type { ExposureKind } from "../ingest/vocabulary/exposure.ts";
import type { Severity } from "./alert.ts";

/** What the analyst, the API, the documents and the contract test read; no behaviour hangs on it. */
export interface DetectorMeta {
  /** The file's name; never reused for another meaning. */
  readonly id: string;
  /** Raised when the meaning of a finding or a count changes. */
  readonly version: number;
  readonly title: string;
  readonly description: string;
  /** Of its policy findings; statistical alerts are graded by the harm done. */
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
 * An exposing access with what is new about it. The subjects of earlier events of the same session and of
 * the agent's remembered past are told apart before this event is learnt.
 */
export interface Sighting {
  readonly event: AccessEvent;
  readonly exposure: ExposureKind;
  /**
   * Support work is named that brought the agent here: a ticket that is alive, or else a queue item, call or
   * chat.
   */
  readonly justified: boolean;
  /** Distinct subjects that this session had not yet exposed in any way. */
  readonly freshSubjects: number;
  /** Distinct subjects that this session had not yet exposed in this way. */
  readonly freshInKind: number;
  /** Distinct subjects that the agent had not met before, as far back as its memory reaches. */
  readonly unknownSubjects: number;
}

/** One thing that a detector counts, per session and per agent-week. */
export interface Count {
  readonly id: string;
  /** Of the count, for a person: "subjects opened one by one". */
  readonly unit: string;
  /** Share of the detector's stake, > 0; the shares of one detector add up to 1. */
  readonly share: number;
  /** Also looked at as the highest number within ten minutes of a session. */
  readonly peak: boolean;
}

export interface Counting<Params> {
  /** Weight of the detector in the fused evidence, by the harm that it stands for; > 0. */
  readonly stake: number;
  readonly counts: readonly Count[];
  /** Amounts ≥ 0 that the event adds, one for each of `counts`. Pure. */
  readonly tally: (sighting: Sighting, params: Params) => readonly number[];
}

export interface Detector<State extends PolicyState, Params> {
  readonly meta: DetectorMeta;
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
