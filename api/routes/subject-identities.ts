/**
 * `/v1/subjects/reveal`, `/v1/subjects/erase`, `/v1/subjects/erasures`: from tokens back to raw identifiers, and the end
 * of that. Identifiers stand in the body of an answer and nowhere else.
 */
import { z } from "zod";
import { revealRoute } from "../../detectors/store/read-input.ts";
import type { StoredErasure } from "../../ingest/clickhouse/stored-erasures.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import {
  type Erased,
  type Erasures,
  subjectReasonLengthMax,
  subjectsAtOnceMax,
} from "../../ingest/subjects/erasures.ts";
import { type Reveal, type Revealed, withheldStates } from "../../ingest/subjects/reveal.ts";
import { subjectTypes } from "../../ingest/vocabulary/event.ts";
import { pageEnd, pageStart } from "../paging.ts";
import {
  cursorText,
  isoTime,
  isoTimeOrNull,
  pageSize,
  reasonText,
  repeated,
  tokenText,
} from "../parameters.ts";
import { type Problem, problem } from "../problem.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";

export interface SubjectIdentityDeps {
  readonly reveal: Reveal;
  readonly erasures: Pick<Erasures, "erase" | "list">;
  readonly clock: Clock;
}

const wishSchema = (id: string, description: string) =>
  z
    .strictObject({
      subject_tokens: z
        .array(tokenText)
        .min(1)
        .max(subjectsAtOnceMax)
        .refine((tokens) => new Set(tokens).size === tokens.length, "expected each token once"),
      reason: reasonText(subjectReasonLengthMax).meta({ description: "Without personal data." }),
    })
    .meta({ id, description });

const time = z.iso.datetime();
const revealedDocument = z
  .object({
    subject_token: tokenText,
    state: z.enum(["revealed", ...withheldStates]),
    type: z.enum(subjectTypes).nullable(),
    id: z.string().nullable().meta({ description: "The identifier in its canonical form." }),
  })
  .meta({
    id: "RevealedSubject",
    description:
      "`erased`: for good, by an erasure. `unknown`: nobody of this token was ever stored. `unreadable`: its key is gone" +
      " or altered and no erasure says so: run a verification.",
  });
const erasedDocument = z
  .object({
    subject_token: tokenText,
    state: z.enum(["erased", "unknown"]),
    erased_at: time.nullable().meta({ description: "Of the first erasure." }),
  })
  .meta({ id: "ErasedSubject" });
const erasureDocument = z
  .object({
    subject_token: tokenText,
    reason: z.string(),
    principal: z.string().meta({ description: "Who erased it." }),
    erased_at: time,
    authentic: z.boolean().meta({ description: "false: the service did not write it as it is." }),
  })
  .meta({ id: "Erasure" });

const query = z.strictObject({});
const noStore = { "Cache-Control": "no-store" };

export const subjectIdentityRoutes = (deps: SubjectIdentityDeps): readonly Route[] => [
  revealing(deps),
  erasing(deps),
  listing(deps),
];

const revealing = ({ reveal }: SubjectIdentityDeps): Route =>
  defineRoute({
    method: "post",
    path: revealRoute,
    summary: "Raw identifiers of subjects",
    description:
      "One answer for each token, in their order. Who asks, of whom and why is part of the ledger before the answer" +
      " leaves, and listed by `/v1/reads`; if it cannot be put down, nothing is revealed.",
    role: "analyst",
    params: noParams,
    query,
    body: wishSchema("SubjectReveal", "Whom to reveal, and why."),
    replies: {
      200: {
        description: "What is known of each.",
        schema: z.object({ items: z.array(revealedDocument) }).meta({ id: "RevealedSubjectList" }),
      },
    },
    problems: [],
    asks: ({ body: { subject_tokens: subjectTokens, reason } }) => ({ subjectTokens, reason }),
    handle: async ({ body: { subject_tokens: tokens } }) =>
      json({ items: (await reveal(tokens)).map(revealedOf) }, noStore),
  });

const revealedOf = (one: Revealed) => ({
  subject_token: one.token,
  state: one.state,
  type: one.state === "revealed" ? one.type : null,
  id: one.state === "revealed" ? one.canonicalId : null,
});

const erasing = ({ erasures, clock }: SubjectIdentityDeps): Route =>
  defineRoute({
    method: "post",
    path: "/v1/subjects/erase",
    summary: "Erase the raw identifiers of subjects",
    description:
      "For good: their keys are removed, and the erasure is part of the ledger, before the answer leaves. Tokens, events" +
      " and proofs stay, and whoever is seen again stays erased. To repeat it is harmless. All of them or none: while a" +
      " legal hold on one of these subjects is in force, nobody is erased.",
    role: "admin",
    params: noParams,
    query,
    body: wishSchema("SubjectErasure", "Whom to erase, and why."),
    replies: {
      200: {
        description: "Erased, but for those whom nobody has ever stored.",
        schema: z.object({ items: z.array(erasedDocument) }).meta({ id: "ErasedSubjectList" }),
      },
    },
    problems: ["legal_hold"],
    handle: async ({ body: { subject_tokens: tokens, reason }, principal }) => {
      const wish = { tokens, reason, principal: principal.id, at: clock.now() };
      const outcome = await erasures.erase(wish);
      return outcome.kind === "held"
        ? heldProblem(tokens, outcome.tokens)
        : json({ items: outcome.subjects.map(erasedOf) });
    },
  });

const erasedOf = ({ token, erasedAt }: Erased) => ({
  subject_token: token,
  state: erasedAt === null ? "unknown" : "erased",
  erased_at: isoTimeOrNull(erasedAt),
});

function heldProblem(tokens: readonly string[], held: readonly string[]): Problem {
  const detail = "a legal hold on this subject is in force";
  const errors = held.map((token) => ({
    pointer: `/subject_tokens/${tokens.indexOf(token)}`,
    detail,
  }));
  return problem("legal_hold", "Nobody was erased: a legal hold is in force.", { errors });
}

const path = "/v1/subjects/erasures";
const filters = z.strictObject({
  subject_token: repeated(tokenText).meta({ description: "Of any of these subjects." }),
});
const position = z.tuple([z.number(), z.string()]).transform(([at, id]) => ({ at, id }));
const placeOf = ({ erasedAt, token }: StoredErasure) => [erasedAt, token];

const listing = ({ erasures }: SubjectIdentityDeps): Route =>
  defineRoute({
    method: "get",
    path,
    summary: "List erasures",
    description:
      "Newest first. A backup that is restored knows only those of its time: keep the list, and erase again.",
    role: "admin",
    params: noParams,
    query: filters.extend({ limit: pageSize, cursor: cursorText }),
    body: noBody,
    replies: {
      200: {
        description: "One page.",
        schema: z
          .object({ items: z.array(erasureDocument), next_cursor: z.string().nullable() })
          .meta({ id: "ErasurePage" }),
      },
    },
    problems: ["cursor_invalid", "cursor_mismatch"],
    handle: async ({ query: { limit, cursor, ...filter } }) => {
      const start = pageStart({ list: path, filters: filter }, cursor, position);
      if (start.kind === "problem") return start;
      const tokens = filter.subject_token ?? [];
      const found = await erasures.list({ tokens, after: start.after, limit: limit + 1 });
      const page = pageEnd({ list: path, filters: filter, found, limit, placeOf });
      return json({ items: page.rows.map(erasureOf), next_cursor: page.nextCursor });
    },
  });

const erasureOf = ({ token, reason, principal, erasedAt, isAuthentic }: StoredErasure) => ({
  subject_token: token,
  reason,
  principal,
  erased_at: isoTime(erasedAt),
  authentic: isAuthentic,
});
