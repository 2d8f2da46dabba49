/** `/v1/agents/{agent_id}/learning`: how far an agent's own past carries what it is held against. */
import { z } from "zod";
import { learningStates } from "../../detectors/engine/learning.ts";
import { findLearning } from "../../detectors/store/learning-store.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { idText, isoTime } from "../parameters.ts";
import { problem } from "../problem.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, type Route } from "../route.ts";

const share = z.number().min(0).max(1);
const learningDocument = z
  .object({
    agent_id: z.string(),
    role: z.string().nullable(),
    is_robot: z.boolean().meta({
      description: "Works day and night as no person does: no member of a pair or a crowd.",
    }),
    as_of: z.iso.datetime().meta({ description: "When detection last saved what it knows." }),
    sessions: z.number().min(0).meta({ description: "Learnt; older ones weigh less." }),
    days: z.number().min(0),
    on_probation: z.int().min(0).meta({ description: "Windows that a verdict can still change." }),
    detectors: z.array(
      z.object({
        detector: z.string(),
        state: z.enum(learningStates),
        own_share: share.meta({
          description: "Of what the agent is held against: its own past, the rest its peers.",
        }),
      }),
    ),
  })
  .meta({
    id: "AgentLearning",
    description: "cold: own_share below 0.2. ready: from 0.5 on, own past outweighs the peers.",
  });

/** Three digits: more would pretend. */
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

export const learningRoute = ({ reader }: { readonly reader: Reader }): Route =>
  defineRoute({
    method: "get",
    path: "/v1/agents/{agent_id}/learning",
    summary: "How far detection knows an agent, by detector",
    description: "As of detection's newest snapshot. Facts of the policy lane need no baseline.",
    role: "viewer",
    params: z.strictObject({ agent_id: idText }),
    query: z.strictObject({}),
    body: noBody,
    replies: { 200: { description: "What is known.", schema: learningDocument } },
    problems: ["not_found"],
    asks: ({ params: { agent_id: id } }) => ({ agentIds: [id] }),
    handle: async ({ params: { agent_id: id } }) => {
      const found = await findLearning(reader, id);
      if (found === undefined) return problem("not_found", "Detection knows no such agent yet.");
      return json({
        agent_id: id,
        role: found.role === "" ? null : found.role,
        is_robot: found.isRobot,
        as_of: isoTime(found.savedAt),
        sessions: rounded(found.sessions),
        days: rounded(found.days),
        on_probation: found.onProbation,
        detectors: found.detectors.map(({ detector, state, ownShare }) => ({
          detector,
          state,
          own_share: rounded(ownShare),
        })),
      });
    },
  });
