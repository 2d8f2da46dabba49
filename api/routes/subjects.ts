/**
 * `/v1/subjects/lookup`: from a raw identifier to its token. By POST, so that the identifier stands in no URL
 * and in no log; every other route takes the token.
 */
import { z } from "zod";
import type { Tokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { subjectTypes } from "../../ingest/vocabulary/event.ts";
import { tokenText } from "../parameters.ts";
import { json } from "../reply.ts";
import { defineRoute, noParams, type Route } from "../route.ts";

const lookupSchema = z
  .strictObject({ type: z.enum(subjectTypes), id: z.string().min(1).max(256) })
  .meta({
    id: "SubjectLookup",
    description: "The identifier in any form that producers may send.",
  });
const tokenDocument = z.object({ subject_token: tokenText }).meta({ id: "SubjectTokenDocument" });

export const subjectsRoute = ({ tokenizer }: { readonly tokenizer: Tokenizer }): Route =>
  defineRoute({
    method: "post",
    path: "/v1/subjects/lookup",
    summary: "Token of a subject",
    description:
      "Every identifier has one; it says nothing about whether the subject was ever seen.",
    role: "analyst",
    params: noParams,
    query: z.strictObject({}),
    body: lookupSchema,
    replies: { 200: { description: "The token.", schema: tokenDocument } },
    problems: [],
    asks: ({ body: { type, id } }) => ({ subjectTokens: [tokenizer.identify(type, id).token] }),
    handle: ({ body: { type, id } }) => {
      const { token } = tokenizer.identify(type, id);
      return json({ subject_token: token }, { "Cache-Control": "no-store" });
    },
  });
