/** Whether anything is stored of whom a hold is about: who mistypes an id holds nobody. */
import { z } from "zod";
import { defineQuery, type Reader } from "../clickhouse/define-query.ts";
import type { HoldScope } from "../clickhouse/stored-holds.ts";

const eventsOfAgent = ["access_events", "agent_events", "ticket_events"];

const anyOf = defineQuery({
  name: "legal_holds.any_of",
  sql: `SELECT count() AS found FROM (${[
    ...eventsOfAgent.map(
      (table) =>
        `SELECT 1 FROM ${table} WHERE {agent:String} != '' AND agent_id = {agent:String} LIMIT 1`,
    ),
    `SELECT 1 FROM identities
      WHERE {token:String} != '' AND subject_token = toUUIDOrZero({token:String}) LIMIT 1`,
  ].join(" UNION ALL ")})`,
  params: z.object({ agent: z.string(), token: z.string() }),
  row: z.object({ found: z.number() }),
});

export async function isAnyStoredOf(
  reader: Reader,
  { agentId: agent, subjectToken: token }: Pick<HoldScope, "agentId" | "subjectToken">,
): Promise<boolean> {
  const [row] = await anyOf(reader, { agent, token });
  return (row?.found ?? 0) > 0;
}
