/** One run of the engine over a labelled stream: every alert once, with when it was raised and came true. */
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import type { Alert } from "../alert.ts";
import type { EngineOptions } from "../engine/engine.ts";
import { createWatchedEngine } from "../engine/watched-engine.ts";
import type { EngineInput } from "../engine-input.ts";
import type { ClosedReading } from "../evidence/observer.ts";
import { episodesCited, isTrueAlert } from "./judgement.ts";
import type { Moment } from "./takings.ts";
import type { MaliciousEvents } from "./truth.ts";

export interface RaisedAlert {
  readonly id: string;
  /** Of its first version. */
  readonly raised: Moment;
  /** Of its last version; an alert that belongs to no incident is one by itself. */
  readonly incidentId: string;
  readonly agentId: string | undefined;
  readonly title: string;
  readonly detectors: readonly string[];
  /** Event ids that its last version cites. */
  readonly evidence: readonly string[];
  /** By episode: its first version that was true and cited the episode. */
  readonly cameTrue: ReadonlyMap<string, Moment>;
}

/** Told of a closed window's readings at the event time of the event that closed it. */
type WindowListener = (reading: ClosedReading, at: number) => void;

/** Plays `events` in the order given. An alert is counted once however often it is revised. */
export function play(
  events: readonly ConsoleEvent[],
  options: Omit<EngineOptions, "observer">,
  malicious: MaliciousEvents,
  onClosed?: WindowListener,
): RaisedAlert[] {
  const player = createPlayer(options, malicious, onClosed);
  for (const event of events) player.step(event);
  return player.raised();
}

export interface Player {
  readonly step: (input: EngineInput) => void;
  /** In the order in which they were raised. */
  readonly raised: () => RaisedAlert[];
}

/** The same, input by input. */
export function createPlayer(
  options: Omit<EngineOptions, "observer">,
  malicious: MaliciousEvents,
  onClosed?: WindowListener,
): Player {
  let at = 0;
  let position = -1;
  const observer = onClosed && ((reading: ClosedReading) => onClosed(reading, at));
  const engine = createWatchedEngine({ ...options, ...(observer && { observer }) });
  const alerts = new Map<string, RaisedAlert>();
  return {
    step: (input) => {
      position += 1;
      at = timeOf(input) ?? at;
      for (const { alert } of engine.step(input)) {
        const version = { alert, now: { at, position } };
        alerts.set(alert.alert_id, revised(alerts.get(alert.alert_id), version, malicious));
      }
    },
    raised: () => [...alerts.values()],
  };
}

const timeOf = (input: EngineInput): number | undefined => {
  if (input.kind === "verdict") return undefined;
  return input.kind === "read" ? input.access.at : input.at;
};

interface Version {
  readonly alert: Alert;
  readonly now: Moment;
}

function revised(
  known: RaisedAlert | undefined,
  { alert, now }: Version,
  malicious: MaliciousEvents,
): RaisedAlert {
  const cameTrue = new Map(known?.cameTrue);
  const isTrue = isTrueAlert(alert.evidence, malicious);
  for (const episode of isTrue ? episodesCited(alert.evidence, malicious) : []) {
    if (!cameTrue.has(episode)) cameTrue.set(episode, now);
  }
  return {
    id: alert.alert_id,
    raised: known?.raised ?? now,
    incidentId: alert.incident_id ?? alert.alert_id,
    agentId: alert.agent_id ?? undefined,
    title: alert.title,
    detectors: alert.detectors,
    evidence: alert.evidence,
    cameTrue,
  };
}
