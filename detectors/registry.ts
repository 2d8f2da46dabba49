/** Every detector, one line each. */
import { type OpenDetector, openDetector } from "./evidence/open-detector.ts";
import { breadth } from "./rules/breadth.ts";
import { canary } from "./rules/canary.ts";
import { explicitSearch } from "./rules/explicit-search.ts";
import { secretReveal } from "./rules/secret-reveal.ts";
import { terminated } from "./rules/terminated.ts";

/** All detectors with their default parameters, in the order in which they see an event. */
export function openRegistry(): readonly OpenDetector[] {
  return [
    openDetector(canary),
    openDetector(terminated),
    openDetector(secretReveal),
    openDetector(explicitSearch),
    openDetector(breadth),
  ];
}
