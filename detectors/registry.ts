/** Every detector, one line each. */
import type { Detector, PolicyState } from "./detector.ts";
import { type OpenDetector, openDetector } from "./evidence/open-detector.ts";
import { affinity } from "./rules/affinity.ts";
import { away } from "./rules/away.ts";
import { breadth } from "./rules/breadth.ts";
import { canary } from "./rules/canary.ts";
import { codeRace } from "./rules/code-race.ts";
import { collusion } from "./rules/collusion.ts";
import { controlChange } from "./rules/control-change.ts";
import { enumeration } from "./rules/enumeration.ts";
import { explicitSearch } from "./rules/explicit-search.ts";
import { exportTail } from "./rules/export-tail.ts";
import { fishing } from "./rules/fishing.ts";
import { lookUpThenTakeover } from "./rules/look-up-then-takeover.ts";
import { newDevice } from "./rules/new-device.ts";
import { newFactor } from "./rules/new-factor.ts";
import { newNetwork } from "./rules/new-network.ts";
import { offShift } from "./rules/off-shift.ts";
import { repeatWatch } from "./rules/repeat-watch.ts";
import { secretReveal } from "./rules/secret-reveal.ts";
import { subjectCrowd } from "./rules/subject-crowd.ts";
import { terminated } from "./rules/terminated.ts";
import { ticketless } from "./rules/ticketless.ts";
import { viewsWithoutWork } from "./rules/views-without-work.ts";
import { watcher } from "./rules/watcher.ts";

/** Of each detector its tunables; those that are not given have their defaults. */
export type ParamsById = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** All detectors, in the order in which they see an event. */
export function openRegistry(params: ParamsById = {}): readonly OpenDetector[] {
  const open = <State extends PolicyState, Params>(detector: Detector<State, Params>) =>
    openDetector(detector, params[detector.meta.id]);
  return [
    open(canary),
    open(terminated),
    open(secretReveal),
    open(explicitSearch),
    open(breadth),
    open(exportTail),
    open(ticketless),
    open(newDevice),
    open(newNetwork),
    open(newFactor),
    open(offShift),
    open(away),
    open(lookUpThenTakeover),
    open(codeRace),
    open(affinity),
    open(viewsWithoutWork),
    open(subjectCrowd),
    open(collusion),
    open(repeatWatch),
    open(fishing),
    open(controlChange),
    open(enumeration),
    open(watcher),
  ];
}
