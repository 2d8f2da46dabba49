/** `/v1/detectors`: what is looked for, and what each detector is blind to. */
import { z } from "zod";
import { alertLanes, severities } from "../../detectors/alert.ts";
import type { DetectorMeta } from "../../detectors/detector.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";

/** What of an opened detector the list needs. */
export interface ListedDetector {
  readonly meta: DetectorMeta;
  readonly policy: object | undefined;
  readonly counting: object | undefined;
}

const detectorDocument = z
  .object({
    id: z.string(),
    version: z.int(),
    title: z.string(),
    description: z.string(),
    lanes: z.array(z.enum(alertLanes)),
    severity: z.enum(severities).meta({
      description: "Of its policy findings; statistical alerts are graded by the harm done.",
    }),
    attack: z.array(z.string()).meta({ description: "MITRE ATT&CK techniques." }),
    false_positives: z.array(z.string()),
    blind_spots: z.array(z.string()),
    aggravating: z.string(),
    legitimate: z.string(),
    runbook: z.array(z.string()).meta({ description: "What an analyst checks next." }),
    references: z.array(z.string()),
  })
  .meta({ id: "Detector" });
const detectorList = z.object({ items: z.array(detectorDocument) }).meta({ id: "DetectorList" });

function documentOf({ meta, policy, counting }: ListedDetector): z.output<typeof detectorDocument> {
  return {
    id: meta.id,
    version: meta.version,
    title: meta.title,
    description: meta.description,
    lanes: alertLanes.filter((lane) => (lane === "policy" ? policy : counting) !== undefined),
    severity: meta.severity,
    attack: [...meta.attack],
    false_positives: [...meta.falsePositives],
    blind_spots: [...meta.blindSpots],
    aggravating: meta.aggravating,
    legitimate: meta.legitimate,
    runbook: [...meta.runbook],
    references: [...meta.references],
  };
}

interface DetectorsDeps {
  /** Asked at each request, so that what is listed is what runs. */
  readonly detectors: () => readonly ListedDetector[];
}

export const detectorsRoute = ({ detectors }: DetectorsDeps): Route =>
  defineRoute({
    method: "get",
    path: "/v1/detectors",
    summary: "List detectors",
    role: "viewer",
    params: noParams,
    query: z.strictObject({}),
    body: noBody,
    replies: { 200: { description: "Every detector that runs.", schema: detectorList } },
    problems: [],
    handle: () => json({ items: detectors().map(documentOf) }),
  });
