/** `/v1/suppressions`: what pages nobody for a while, who said so and why. */
import { z } from "zod";
import { type Suppressions, SuppressionsError } from "../../detectors/store/suppression-store.ts";
import {
  type Suppression,
  type SuppressionScope,
  scopeDetectorsMax,
  stateOf,
  suppressionMsMax,
  suppressionReasonLengthMax,
  suppressionStates,
} from "../../detectors/suppression/suppression.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import {
  choices,
  idText,
  instant,
  isoTime,
  isoTimeOrNull,
  reasonText,
  tokenText,
} from "../parameters.ts";
import { type Problem, problem, type Violation } from "../problem.ts";
import { created, json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";
import type { ListedDetector } from "./detectors.ts";

interface SuppressionDeps {
  readonly suppressions: Suppressions;
  readonly detectors: () => readonly Pick<ListedDetector, "meta">[];
  readonly clock: Clock;
}

export const suppressionRoutes = (deps: SuppressionDeps): readonly Route[] => [
  listRoute(deps),
  createRoute(deps),
  readRoute(deps),
  revokeRoute(deps),
];

const daysMax = suppressionMsMax / 86_400_000;
const time = z.iso.datetime();
const nullableText = z.string().nullable();
const suppressionDocument = z
  .object({
    suppression_id: z.string(),
    state: z.enum(suppressionStates),
    detectors: z.array(z.string()).meta({ description: "Empty: any of the statistical lane." }),
    agent_id: nullableText,
    subject_token: nullableText,
    tenant: nullableText,
    team: nullableText,
    reason: z.string(),
    created_by: z.string(),
    created_at: time,
    expires_at: time,
    revoked_at: time.nullable(),
    revoked_by: nullableText,
  })
  .meta({ id: "Suppression", description: "Parts of the scope that are null mean any." });

const newSuppression = z
  .strictObject({
    detectors: z
      .array(idText)
      .min(1)
      .max(scopeDetectorsMax)
      .optional()
      .meta({ description: "Only these contribute. A fact of the policy lane has to be named." }),
    agent_id: idText.optional().meta({ description: "Nobody else is involved." }),
    subject_token: tokenText.optional().meta({ description: "Nobody else was exposed." }),
    tenant: idText.optional().meta({ description: "The evidence exposes only its subjects." }),
    team: z.string().min(1).max(64).optional().meta({
      description: "The evidence is of agents who acted for this team only.",
    }),
    reason: reasonText(suppressionReasonLengthMax),
    expires_at: instant.meta({ description: `At most ${daysMax} days from now.` }),
  })
  .refine(
    ({ detectors, agent_id: agent, subject_token: token, tenant, team }) =>
      [detectors, agent, token, tenant, team].some((part) => part !== undefined),
    "expected at least one of detectors, agent_id, subject_token, tenant and team",
  )
  .meta({ id: "NewSuppression" });
type NewSuppression = z.output<typeof newSuppression>;

const textOrNull = (text: string): string | null => (text === "" ? null : text);

const documentOf = (one: Suppression, now: EpochMs) => ({
  suppression_id: one.suppressionId,
  state: stateOf(one, now),
  detectors: [...one.detectors],
  agent_id: textOrNull(one.agentId),
  subject_token: textOrNull(one.subjectToken),
  tenant: textOrNull(one.tenant),
  team: textOrNull(one.team),
  reason: one.reason,
  created_by: one.principal,
  created_at: isoTime(one.createdAt),
  expires_at: isoTime(one.expiresAt),
  revoked_at: isoTimeOrNull(one.revokedAt),
  revoked_by: textOrNull(one.revokedBy),
});

const path = "/v1/suppressions";
const idPath = `${path}/{suppression_id}`;
const query = z.strictObject({});
const params = z.strictObject({ suppression_id: z.string().min(1).max(64) });
const unknown = (): Problem => problem("not_found", "There is no suppression with this id.");

const listRoute = ({ suppressions, clock }: SuppressionDeps): Route =>
  defineRoute({
    method: "get",
    path,
    summary: "List suppressions",
    description: "Newest first, the newest 1000, with those that have ended.",
    role: "viewer",
    params: noParams,
    query: z.strictObject({
      state: choices(suppressionStates).meta({ description: "Any of these." }),
    }),
    body: noBody,
    replies: {
      200: {
        description: "The suppressions.",
        schema: z.object({ items: z.array(suppressionDocument) }).meta({ id: "SuppressionList" }),
      },
    },
    problems: [],
    handle: async ({ query: { state: states } }) => {
      const now = clock.now();
      const found = (await suppressions.list()).map((one) => documentOf(one, now));
      return json({
        items: found.filter(({ state }) => states === undefined || states.includes(state)),
      });
    },
  });

const createRoute = (deps: SuppressionDeps): Route =>
  defineRoute({
    method: "post",
    path,
    summary: "Suppress alerts for a while",
    description:
      "An alert that falls under it as a whole, by its newest event, is scored, stored and counted as" +
      " ever, but pages nobody: `GET /v1/alerts?suppression_id=` lists it and its explanation tells." +
      " What is beside the scope pages, and so does what happens after the expiry.",
    role: "analyst",
    params: noParams,
    query,
    body: newSuppression,
    replies: { 201: { description: "In force.", schema: suppressionDocument } },
    problems: ["limit_reached"],
    handle: async ({ body, principal }) => {
      const now = deps.clock.now();
      const errors = violationsOf(deps, body, now);
      if (errors.length > 0) {
        return problem("invalid_body", "The body is not as documented.", { errors });
      }
      const wanted = { ...scopeOf(body), reason: body.reason, expiresAt: body.expires_at };
      try {
        const stamp = { principal: principal.id, at: now };
        return created(documentOf(await deps.suppressions.create(wanted, stamp), now));
      } catch (error) {
        if (error instanceof SuppressionsError) return problem("limit_reached", error.message);
        throw error;
      }
    },
  });

const scopeOf = (body: NewSuppression): SuppressionScope => ({
  detectors: [...new Set(body.detectors ?? [])].toSorted(),
  agentId: body.agent_id ?? "",
  subjectToken: body.subject_token ?? "",
  tenant: body.tenant ?? "",
  team: body.team ?? "",
});

/** What only the moment and the registry can tell. A misspelt detector would suppress nothing. */
function violationsOf(
  { detectors }: SuppressionDeps,
  { detectors: named = [], expires_at: expiresAt }: NewSuppression,
  now: EpochMs,
): Violation[] {
  const known = new Set(detectors().map(({ meta }) => meta.id));
  const wrong: Violation[] = named.flatMap((id, index) =>
    known.has(id)
      ? []
      : [{ pointer: `/detectors/${index}`, detail: "expected the id of a detector" }],
  );
  if (expiresAt <= now || expiresAt > now + suppressionMsMax) {
    const detail = `expected a time within ${daysMax} days from now`;
    wrong.push({ pointer: "/expires_at", detail });
  }
  return wrong;
}

const readRoute = ({ suppressions, clock }: SuppressionDeps): Route =>
  defineRoute({
    method: "get",
    path: idPath,
    summary: "Read one suppression",
    role: "viewer",
    params,
    query,
    body: noBody,
    replies: { 200: { description: "The suppression.", schema: suppressionDocument } },
    problems: ["not_found"],
    handle: async ({ params: { suppression_id: id } }) => {
      const found = await suppressions.find(id);
      return found === undefined ? unknown() : json(documentOf(found, clock.now()));
    },
  });

const revokeRoute = ({ suppressions, clock }: SuppressionDeps): Route =>
  defineRoute({
    method: "delete",
    path: idPath,
    summary: "Revoke a suppression",
    description:
      "What happens from now on pages again. What it has covered stays covered. One that has ended" +
      " stays as it is.",
    role: "analyst",
    params,
    query,
    body: noBody,
    replies: { 200: { description: "The ended suppression.", schema: suppressionDocument } },
    problems: ["not_found"],
    handle: async ({ params: { suppression_id: id }, principal }) => {
      const now = clock.now();
      const revoked = await suppressions.revoke(id, { principal: principal.id, at: now });
      return revoked === undefined ? unknown() : json(documentOf(revoked, now));
    },
  });
