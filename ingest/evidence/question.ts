/** What evidence can be asked about, and where the events lie that match. */
import { z } from "zod";
import { defineQuery, type Reader } from "../clickhouse/define-query.ts";

export interface EvidenceQuestion {
  /** Empty: any. */
  readonly agentId: string;
  /** Empty: any. */
  readonly subjectToken: string;
  /** Event time, both ends included, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** Which kinds a filter can be about, as conditions over their tables. */
const filters = {
  access_events: {
    agent: "agent_id = {agent:String}",
    subject: "has(subject_tokens, toUUID({token:String}))",
  },
  subject_events: { agent: "0", subject: "subject_token = toUUID({token:String})" },
  ticket_events: {
    agent: "agent_id = {agent:String}",
    subject: "has(subject_tokens, toUUID({token:String}))",
  },
  agent_events: { agent: "agent_id = {agent:String}", subject: "0" },
} as const;

const noToken = "00000000-0000-0000-0000-000000000000";

const matchingPositions = defineQuery({
  name: "evidence.positions",
  sql: `SELECT source, partition, groupArray(offset) AS offsets FROM (${Object.entries(filters)
    .map(
      ([table, { agent, subject }]) => `SELECT source, partition, offset FROM ${table}
      WHERE at >= fromUnixTimestamp64Milli({from:Int64}) AND at <= fromUnixTimestamp64Milli({to:Int64})
        AND ({agent:String} = '' OR ${agent}) AND ({token:String} = '${noToken}' OR ${subject})`,
    )
    .join(" UNION ALL ")})
    GROUP BY source, partition ORDER BY source, partition`,
  params: z.object({
    agent: z.string(),
    token: z.string(),
    from: z.number().int(),
    to: z.number().int(),
  }),
  row: z.object({
    source: z.string(),
    partition: z.number().int(),
    offsets: z.array(z.number().int()),
  }),
});

/** Offsets in no order. */
export function positionsOf(reader: Reader, { subjectToken, agentId, from, to }: EvidenceQuestion) {
  const token = subjectToken === "" ? noToken : subjectToken;
  return matchingPositions(reader, { agent: agentId, token, from, to });
}
