/** Legal holds as they were put down, a placement and a release for each. */
import { z } from "zod";
import { defineQuery } from "./define-query.ts";
import { sealedRow } from "./stored-record-queries.ts";

/** Whom it is about: exactly one of the two. Event time, both ends included; `null`: no end on that side. */
export interface HoldScope {
  /** Empty: it is about a subject. */
  readonly agentId: string;
  /** Empty: it is about an agent. */
  readonly subjectToken: string;
  readonly fromAt: number | null;
  readonly toAt: number | null;
}

export interface LegalHold extends HoldScope {
  readonly holdId: string;
  readonly reason: string;
  /** Who placed it. */
  readonly principal: string;
  readonly placedAt: number;
  readonly releasedAt: number | null;
}

/** `place` and `own`: the row, for its MAC. */
export const storedHolds = defineQuery({
  name: "legal_holds.all",
  sql: `SELECT hold_id, agent_id, subject_token, reason, principal,
      toUnixTimestamp64Milli(from_at) AS from_ms, toUnixTimestamp64Milli(to_at) AS to_ms,
      toUnixTimestamp64Milli(placed_at) AS placed_ms,
      toUnixTimestamp64Milli(released_at) AS released_ms,
      source, offset, ${sealedRow("legal_holds")} AS own
    FROM legal_holds ORDER BY hold_id, revision, source, offset LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.number().int() }),
  row: z
    .object({
      hold_id: z.string(),
      agent_id: z.string(),
      subject_token: z.string(),
      reason: z.string(),
      principal: z.string(),
      from_ms: z.number().nullable(),
      to_ms: z.number().nullable(),
      placed_ms: z.number(),
      released_ms: z.number().nullable(),
      source: z.string(),
      offset: z.number().int(),
      own: z.array(z.unknown()),
    })
    .transform((row) => {
      const hold: LegalHold = {
        holdId: row.hold_id,
        agentId: row.agent_id,
        subjectToken: row.subject_token,
        fromAt: row.from_ms,
        toAt: row.to_ms,
        reason: row.reason,
        principal: row.principal,
        placedAt: row.placed_ms,
        releasedAt: row.released_ms,
      };
      return { hold, place: { source: row.source, offset: row.offset }, own: row.own };
    }),
});
