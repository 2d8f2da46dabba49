/**
 * export-tail: data leaves the console in files, more often or in larger ones than the work asks for.
 *
 * Counts, per session and per day, the exports, and their size in doublings: log2 of the rows, or of the bytes
 * in rows of a kilobyte if that is more, summed, so that one file of a million rows counts like two of a
 * thousand. Scored as the upper tail of a negative binomial around the agent's own past and its peers, so an
 * agent who never exports can alert. O(1) time and memory per event.
 */
import { z } from "zod";
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { defineDetector } from "../detector.ts";

const bytesPerRow = 1_024;

/** log2 of the rows that left, rounded; at least 1. */
function doublings({ resultCount, subjects, bytes }: AccessEvent): number {
  const rows = Math.max(resultCount ?? 0, subjects.length, (bytes ?? 0) / bytesPerRow, 1);
  return Math.max(1, Math.round(Math.log2(rows)));
}

export const exportTail = defineDetector({
  meta: {
    id: "export-tail",
    version: 1,
    title: "Data left the console in files",
    description:
      "Counts exports and their size in doublings and compares them with the agent's own past and its peers.",
    severity: "high",
    attack: ["T1530", "T1213.004"],
    falsePositives: ["A reporting duty that moved to another agent; it is learnt within days."],
    blindSpots: [
      "Screens that are photographed or copied by hand.",
      "Exports that the producer reports neither with rows nor with bytes.",
    ],
    aggravating: "A network or device new to the agent makes it worse.",
    legitimate: "An announced report or a request by the customer would make it legitimate.",
    runbook: [
      "For each cited export compare result_count and bytes with the agent's exports of the previous 8 weeks.",
      "Ask where the file went and who asked for it on that day.",
    ],
    references: [
      "ATT&CK T1530, Data from Cloud Storage",
      "Mailchimp, Information about a recent incident, 2022",
    ],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "amount",
    stake: 0.1,
    counts: [
      { id: "files", unit: "exports", share: 0.4, peak: false },
      { id: "size", unit: "doublings of rows in exports", share: 0.6, peak: false },
    ],
    trials: [],
    tally: ({ event }) => (event.action === "export" ? [1, doublings(event)] : [0, 0]),
    ask: () => undefined,
  },
});
