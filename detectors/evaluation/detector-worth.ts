/** What each detector is worth: the alerts it has a part in, the whole without it, and it alone. */
import { openRegistry } from "../registry.ts";
import { isTrueAlert } from "./judgement.ts";
import type { RaisedAlert } from "./play.ts";
import type { Scorecard } from "./scorecard.ts";
import type { MaliciousEvents } from "./truth.ts";

export interface DetectorWorth {
  readonly detector: string;
  /** Alerts of the test period that name it, and those of them that are true. */
  readonly alerts: number;
  readonly trueAlerts: number;
  readonly without: Scorecard;
  readonly alone: Scorecard;
}

interface WorthInput {
  readonly judged: readonly RaisedAlert[];
  readonly malicious: MaliciousEvents;
  /** Ids of detectors that do not run in any case. */
  readonly disabled: readonly string[];
  /** Plays the stream again with these detectors disabled. */
  readonly scoreWithout: (disabled: readonly string[]) => Scorecard;
  readonly onRun: ((done: number, total: number) => void) | undefined;
}

/** Plays twice per detector. A detector that is left out stakes nothing: the others' weights grow. */
export function detectorWorths(input: WorthInput): DetectorWorth[] {
  const { judged, malicious, disabled, scoreWithout } = input;
  // No stream of a console holds what is read through this service.
  const all = openRegistry()
    .filter(({ over }) => over === "agents")
    .map(({ meta }) => meta.id);
  const running = all.filter((id) => !disabled.includes(id));
  let done = 0;
  const score = (without: readonly string[]): Scorecard => {
    const scorecard = scoreWithout(without);
    done += 1;
    input.onRun?.(done, 2 * running.length);
    return scorecard;
  };
  return running.map((detector) => {
    const own = judged.filter(({ detectors }) => detectors.includes(detector));
    return {
      detector,
      alerts: own.length,
      trueAlerts: own.filter(({ evidence }) => isTrueAlert(evidence, malicious)).length,
      without: score([...disabled, detector]),
      alone: score(all.filter((id) => id !== detector)),
    };
  });
}
