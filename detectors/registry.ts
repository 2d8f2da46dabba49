/** Every detector, one line each. */
import { type OpenDetector, openDetector } from "./evidence/open-detector.ts";
import { affinity } from "./rules/affinity.ts";
import { breadth } from "./rules/breadth.ts";
import { canary } from "./rules/canary.ts";
import { codeRace } from "./rules/code-race.ts";
import { collusion } from "./rules/collusion.ts";
import { controlChange } from "./rules/control-change.ts";
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

/** All detectors with their default parameters, in the order in which they see an event. */
export function openRegistry(): readonly OpenDetector[] {
  return [
    openDetector(canary),
    openDetector(terminated),
    openDetector(secretReveal),
    openDetector(explicitSearch),
    openDetector(breadth),
    openDetector(exportTail),
    openDetector(ticketless),
    openDetector(newDevice),
    openDetector(newNetwork),
    openDetector(newFactor),
    openDetector(offShift),
    openDetector(lookUpThenTakeover),
    openDetector(codeRace),
    openDetector(affinity),
    openDetector(viewsWithoutWork),
    openDetector(subjectCrowd),
    openDetector(collusion),
    openDetector(repeatWatch),
    openDetector(fishing),
    openDetector(controlChange),
  ];
}
