/** Which exposures are meant: the filters that the counts and the list of subjects share. */
import { z } from "zod";
import { evidenceMax } from "../../detectors/alert.ts";
import type { Asked } from "../../detectors/store/read-store.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import {
  firstInstant,
  idText,
  instant,
  lastInstant,
  rangeProblem,
  repeated,
} from "../parameters.ts";
import { type Problem, problem } from "../problem.ts";
import { extentOf, ofIncident } from "./incident-exposure.ts";

/** The definition in `incident-exposure.ts`, for whoever asks. */
const incidentScope =
  "Whoever was exposed by this incident's alerts; other filters narrow it. A statistical alert of one agent brings whom the" +
  " agent exposed in the alert's sessions, from their beginning to its `last_event_time`, or, if it names none, from its" +
  " `first_event_time` on. A policy alert and one of several agents bring the subjects of the events that it cites, as its" +
  ` agents exposed them between both times; if it cites ${evidenceMax} events, there may be more, and it brings whomever` +
  " they exposed then, in its sessions if it names any.";

export const exposureFilters = z.strictObject({
  agent_id: repeated(idText).meta({ description: "Any of these agents; repeatable." }),
  session_id: repeated(idText).meta({ description: "Any of these sessions; repeatable." }),
  tenant: repeated(idText).meta({ description: "Any of these tenants; repeatable." }),
  incident_id: idText.optional().meta({ description: incidentScope }),
  from: instant.optional().meta({ description: "Earliest event time, inclusive." }),
  to: instant.optional().meta({ description: "Latest event time, inclusive." }),
});
type ExposureFilters = z.output<typeof exposureFilters>;

/** A request without any bound would read the whole table, one whose range is turned round nothing. */
export function scopeProblem(filters: ExposureFilters): Problem | undefined {
  const { agent_id: agents, session_id: sessions, tenant: tenants, from, to } = filters;
  const named = [agents, sessions, tenants, filters.incident_id];
  const ofSomebody = named.some((names) => names !== undefined);
  if (ofSomebody || (from !== undefined && to !== undefined)) return rangeProblem(filters);
  const errors = [
    {
      parameter: "agent_id",
      detail: "give agent_id, session_id, tenant, incident_id, or both from and to",
    },
  ];
  return problem("invalid_parameter", "A parameter is missing.", { errors });
}

/** As many subjects, types and tenants, and each once: what an edited row says must not make the answer fail. */
const exposuresOf = (accesses: string): string => `(SELECT at, exposure_kind, agent_id, session_id,
    subject.1 AS subject_token, subject.2 AS subject_type, subject.3 AS tenant
  FROM ${accesses} ARRAY JOIN arrayDistinct(arrayZip(subject_tokens,
    arrayResize(subject_types, length(subject_tokens)),
    arrayResize(subject_tenants, length(subject_tokens)))) AS subject)`;

/** Two tables tell of every exposure: an agent's lie together in the one, a subject's in the other. */
export const exposureTables = {
  ofAgents: exposuresOf("access_events"),
  ofSubjects: "exposures",
  ofIncident: ofIncident(exposuresOf),
} as const;

/** The condition on either of the tables, with the parameters below. */
export const inScope = `at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    AND at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    AND exposure_kind != 'none'
    AND (empty({agents:Array(String)}) OR agent_id IN {agents:Array(String)})
    AND (empty({sessions:Array(String)}) OR session_id IN {sessions:Array(String)})
    AND (empty({tenants:Array(String)}) OR tenant IN {tenants:Array(String)})`;

export const scopeParams = z.object({
  from: z.number(),
  to: z.number(),
  agents: z.array(z.string()),
  sessions: z.array(z.string()),
  tenants: z.array(z.string()),
  /** Empty: whichever. */
  incident: z.string(),
});
export type Scope = z.input<typeof scopeParams>;

/** Which of the tables answers with the least reading. */
export function sideOf({ agents, sessions, incident }: Scope): keyof typeof exposureTables {
  if (incident !== "") return "ofIncident";
  return agents.length + sessions.length > 0 ? "ofAgents" : "ofSubjects";
}

export const scopeValues = (filters: ExposureFilters): Scope => ({
  from: filters.from ?? firstInstant,
  to: filters.to ?? lastInstant,
  agents: filters.agent_id ?? [],
  sessions: filters.session_id ?? [],
  tenants: filters.tenant ?? [],
  incident: filters.incident_id ?? "",
});

/** From when on anybody can be in the scope, epoch milliseconds; a problem: the incident cannot be told. */
export async function beginOf(reader: Reader, scope: Scope): Promise<number | Problem> {
  if (scope.incident === "") return scope.from;
  const extent = await extentOf(reader, scope.incident);
  return extent.kind === "problem" ? extent : Math.max(scope.from, extent.since);
}

/** For the record of reads; `undefined`: the request is refused. */
export const askedIn = (filters: ExposureFilters): Partial<Asked> | undefined =>
  scopeProblem(filters) === undefined
    ? {
        agentIds: filters.agent_id ?? [],
        sessionIds: filters.session_id ?? [],
        tenants: filters.tenant ?? [],
        incidentId: filters.incident_id ?? "",
        from: filters.from ?? null,
        to: filters.to ?? null,
      }
    : undefined;
