/** `/v1/detectors`: what is looked for, and what each detector is blind to. */
import { z } from "zod";
import { alertLanes } from "../../detectors/alert.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";

const detectorDocument = z
  .object({
    id: z.string(),
    summary: z.string(),
    lane: z.enum(alertLanes),
    attack: z.array(z.string()).meta({ description: "MITRE ATT&CK techniques." }),
    blind_spots: z.array(z.string()),
    runbook: z.array(z.string()).meta({ description: "What an analyst checks next." }),
  })
  .meta({ id: "Detector" });
export type DetectorDescription = z.output<typeof detectorDocument>;

const detectorList = z.object({ items: z.array(detectorDocument) }).meta({ id: "DetectorList" });

/** `detectors` is asked at each request, so that what is listed is what runs. */
export const detectorsRoute = ({
  detectors,
}: {
  readonly detectors: () => readonly DetectorDescription[];
}): Route =>
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
    handle: () => json({ items: detectors() }),
  });
