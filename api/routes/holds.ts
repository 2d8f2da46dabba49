/** `/v1/holds`: legal holds, which keep what concerns an agent or a subject from any retention. */
import { z } from "zod";
import type { LegalHold } from "../../ingest/clickhouse/stored-holds.ts";
import {
  HoldsError,
  holdReasonLengthMax,
  type LegalHolds,
} from "../../ingest/retention/legal-holds.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { idText, instant, isoTime, isoTimeOrNull, reasonText, tokenText } from "../parameters.ts";
import { problem } from "../problem.ts";
import { created, json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";

interface HoldDeps {
  readonly holds: LegalHolds;
  readonly clock: Clock;
}

const time = z.iso.datetime();
const holdDocument = z
  .object({
    hold_id: z.string(),
    agent_id: z.string().nullable(),
    subject_token: z.string().nullable(),
    from: time.nullable(),
    to: time.nullable(),
    reason: z.string(),
    principal: z.string().meta({ description: "Who placed it." }),
    placed_at: time,
    released_at: time.nullable(),
  })
  .meta({
    id: "LegalHold",
    description: "About an agent or a subject; event times, both included.",
  });

const newHoldSchema = z
  .strictObject({
    agent_id: idText.optional(),
    subject_token: tokenText.optional(),
    from: instant.optional(),
    to: instant.optional(),
    reason: reasonText(holdReasonLengthMax),
  })
  .refine(
    ({ agent_id: agent, subject_token: token }) => (agent === undefined) !== (token === undefined),
    "expected exactly one of agent_id and subject_token",
  )
  .refine(
    ({ from, to }) => from === undefined || to === undefined || from <= to,
    "expected `from` not after `to`",
  )
  .meta({ id: "NewLegalHold" });

const textOrNull = (text: string): string | null => (text === "" ? null : text);

const documentOf = (hold: LegalHold) => ({
  hold_id: hold.holdId,
  agent_id: textOrNull(hold.agentId),
  subject_token: textOrNull(hold.subjectToken),
  from: isoTimeOrNull(hold.fromAt),
  to: isoTimeOrNull(hold.toAt),
  reason: hold.reason,
  principal: hold.principal,
  placed_at: isoTime(hold.placedAt),
  released_at: isoTimeOrNull(hold.releasedAt),
});

const path = "/v1/holds";
const query = z.strictObject({});

export const holdRoutes = (deps: HoldDeps): readonly Route[] => [
  listRoute(deps),
  placeRoute(deps),
  releaseRoute(deps),
];

const listRoute = ({ holds }: HoldDeps): Route =>
  defineRoute({
    method: "get",
    path,
    summary: "List legal holds",
    description: "Newest first, with the released ones.",
    role: "admin",
    params: noParams,
    query,
    body: noBody,
    replies: {
      200: {
        description: "Every hold.",
        schema: z.object({ items: z.array(holdDocument) }).meta({ id: "LegalHoldList" }),
      },
    },
    problems: [],
    handle: async () => json({ items: (await holds.list()).map(documentOf) }),
  });

const placeRoute = ({ holds, clock }: HoldDeps): Route =>
  defineRoute({
    method: "post",
    path,
    summary: "Place a legal hold",
    description:
      "Accesses, exposures, tickets, subject and agent events that concern the agent or the subject, alerts with what was" +
      " decided about them, and questions are kept from any retention until the hold is released.",
    role: "admin",
    params: noParams,
    query,
    body: newHoldSchema,
    replies: { 201: { description: "Placed.", schema: holdDocument } },
    problems: ["limit_reached"],
    handle: async ({ body, principal }) => {
      const wanted = {
        agentId: body.agent_id ?? "",
        subjectToken: body.subject_token ?? "",
        fromAt: body.from ?? null,
        toAt: body.to ?? null,
        reason: body.reason,
      };
      try {
        const hold = await holds.place(wanted, { principal: principal.id, at: clock.now() });
        return created(documentOf(hold));
      } catch (error) {
        if (error instanceof HoldsError) return problem("limit_reached", error.message);
        throw error;
      }
    },
  });

const releaseRoute = ({ holds, clock }: HoldDeps): Route =>
  defineRoute({
    method: "delete",
    path: `${path}/{hold_id}`,
    summary: "Release a legal hold",
    description: "The next pass of retention takes what it kept. Releasing again changes nothing.",
    role: "admin",
    params: z.strictObject({ hold_id: z.string().min(1).max(64) }),
    query,
    body: noBody,
    replies: { 200: { description: "The released hold.", schema: holdDocument } },
    problems: ["not_found"],
    handle: async ({ params: { hold_id: holdId }, principal }) => {
      const released = await holds.release(holdId, { principal: principal.id, at: clock.now() });
      if (released === undefined) return problem("not_found", "There is no hold with this id.");
      return json(documentOf(released));
    },
  });
