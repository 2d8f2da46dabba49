/**
 * Which suppression an alert falls under as it now stands.
 *
 * Asked before the alert is stored, so that nobody pages first and marks later. The answer follows from the alert and
 * from what is on record, so that scoring again marks alike. What cannot be told in time pages: evidence that ingest
 * has not stored yet, at most `evidenceMsMax` later, is no evidence.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import type { Alert } from "../alert.ts";
import type { Suppressions } from "../store/suppression-store.ts";
import {
  agentsOf,
  type CitedAccess,
  coversAlert,
  coversEvidence,
  needsEvidence,
} from "./suppression.ts";

/** How long a marker waits for ingest to store what detection has seen. Milliseconds. */
const evidenceMsMax = 5_000;
const evidencePollMs = 100;

export interface SuppressionMarker {
  /** The suppression's id for each of `alerts`; empty: it falls under none. */
  readonly marksOf: (alerts: readonly Alert[]) => Promise<readonly string[]>;
}

interface MarkerDeps {
  readonly suppressions: Pick<Suppressions, "within">;
  readonly reader: Reader;
}

export function createSuppressionMarker({ suppressions, reader }: MarkerDeps): SuppressionMarker {
  const markOf = async (
    alert: Alert,
    candidates: Awaited<ReturnType<Suppressions["within"]>>,
  ): Promise<string> => {
    const possible = candidates.filter((one) => coversAlert(one, alert));
    const bare = possible.find((one) => !needsEvidence(one));
    if (possible.length === 0 || bare !== undefined) return bare?.suppressionId ?? "";
    const cited = await evidenceOf(reader, alert);
    const found = possible.find((one) => coversEvidence(one, alert, cited));
    return found?.suppressionId ?? "";
  };
  return {
    marksOf: async (alerts) => {
      const times = alerts.map((alert) => Date.parse(alert.last_event_time));
      if (times.length === 0) return [];
      const candidates = await suppressions.within(Math.min(...times), Math.max(...times));
      const marks: string[] = [];
      for (const alert of alerts) marks.push(await markOf(alert, candidates));
      return marks;
    },
  };
}

/** Every access that the alert cites, once all of them are stored; none: they were not in time. */
async function evidenceOf(reader: Reader, alert: Alert): Promise<readonly CitedAccess[]> {
  const question = {
    agents: [...agentsOf(alert)],
    from: Date.parse(alert.first_event_time),
    to: Date.parse(alert.last_event_time),
    events: alert.evidence,
  };
  for (let waitedMs = 0; waitedMs <= evidenceMsMax; waitedMs += evidencePollMs) {
    const cited = await citedAccesses(reader, question);
    if (new Set(cited.map(({ eventId }) => eventId)).size === alert.evidence.length) return cited;
    await sleep(evidencePollMs);
  }
  return [];
}

const citedAccesses = defineQuery({
  name: "suppressions.cited_accesses",
  sql: `SELECT event_id, agent_team, arrayMap(token -> toString(token), subject_tokens) AS tokens,
      subject_tenants AS tenants, toString(exposure_kind) AS exposed
    FROM access_events
    WHERE agent_id IN {agents:Array(String)}
      AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND event_id IN {events:Array(String)}
    ORDER BY agent_id, at`,
  params: z.object({
    agents: z.array(z.string()),
    from: z.number(),
    to: z.number(),
    events: z.array(z.string()),
  }),
  row: z
    .object({
      event_id: z.string(),
      agent_team: z.string(),
      tokens: z.array(z.string()),
      tenants: z.array(z.string()),
      exposed: z.enum(["none", ...exposureKinds]),
    })
    .transform(
      (row): CitedAccess => ({
        eventId: row.event_id,
        exposure: row.exposed === "none" ? undefined : row.exposed,
        team: row.agent_team,
        subjectTokens: row.tokens,
        tenants: row.tenants,
      }),
    ),
});
