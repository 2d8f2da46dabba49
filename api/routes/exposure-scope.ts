/** Which exposures are meant: the filters that the counts and the list of subjects share. */
import { z } from "zod";
import type { Asked } from "../../detectors/store/read-store.ts";
import {
  firstInstant,
  idText,
  instant,
  lastInstant,
  rangeProblem,
  repeated,
} from "../parameters.ts";
import { type Problem, problem } from "../problem.ts";

export const exposureFilters = z.strictObject({
  agent_id: repeated(idText).meta({ description: "Any of these agents; repeatable." }),
  session_id: repeated(idText).meta({ description: "Any of these sessions; repeatable." }),
  tenant: repeated(idText).meta({ description: "Any of these tenants; repeatable." }),
  from: instant.optional().meta({ description: "Earliest event time, inclusive." }),
  to: instant.optional().meta({ description: "Latest event time, inclusive." }),
});
type ExposureFilters = z.output<typeof exposureFilters>;

/** A request without any bound would read the whole table, one whose range is turned round nothing. */
export function scopeProblem(filters: ExposureFilters): Problem | undefined {
  const { agent_id: agents, session_id: sessions, tenant: tenants, from, to } = filters;
  const ofSomebody = [agents, sessions, tenants].some((list) => list !== undefined);
  if (ofSomebody || (from !== undefined && to !== undefined)) return rangeProblem(filters);
  const errors = [
    { parameter: "agent_id", detail: "give agent_id, session_id, tenant, or both from and to" },
  ];
  return problem("invalid_parameter", "A parameter is missing.", { errors });
}

/** Two tables tell of every exposure: an agent's lie together in the one, a subject's in the other. */
export const exposureTables = {
  /** As many subjects, types and tenants, and each once: what an edited row says must not make the answer fail. */
  ofAgents: `(SELECT at, exposure_kind, agent_id, session_id,
    subject.1 AS subject_token, subject.2 AS subject_type, subject.3 AS tenant
  FROM access_events ARRAY JOIN arrayDistinct(arrayZip(subject_tokens,
    arrayResize(subject_types, length(subject_tokens)),
    arrayResize(subject_tenants, length(subject_tokens)))) AS subject)`,
  ofSubjects: "exposures",
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
});
export type Scope = z.input<typeof scopeParams>;

/** Which of the tables answers with the least reading. */
export const sideOf = ({ agents, sessions }: Scope): keyof typeof exposureTables =>
  agents.length + sessions.length > 0 ? "ofAgents" : "ofSubjects";

export const scopeValues = (filters: ExposureFilters): Scope => ({
  from: filters.from ?? firstInstant,
  to: filters.to ?? lastInstant,
  agents: filters.agent_id ?? [],
  sessions: filters.session_id ?? [],
  tenants: filters.tenant ?? [],
});

/** For the record of reads; `undefined`: the request is refused. */
export const askedIn = (filters: ExposureFilters): Partial<Asked> | undefined =>
  scopeProblem(filters) === undefined
    ? {
        agentIds: filters.agent_id ?? [],
        sessionIds: filters.session_id ?? [],
        tenants: filters.tenant ?? [],
        from: filters.from ?? null,
        to: filters.to ?? null,
      }
    : undefined;
