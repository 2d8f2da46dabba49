/**
 * `/v1/subjects/lookup`: from a raw identifier to its token. By POST, so that the identifier stands in no URL
 * and in no log; every other route takes the token.
 */
import { z } from "zod";
import type { SubjectToken } from "../../ingest/vocabulary/brand.ts";
import { type SubjectType, subjectTypes } from "../../ingest/vocabulary/event.ts";
import { problem } from "../problem.ts";
import { json } from "../reply.ts";
import { defineRoute, noParams, type Route } from "../route.ts";

/** `undefined`: the identifier is not one of this type. */
export type SubjectTokenOf = (subject: {
  readonly type: SubjectType;
  readonly id: string;
}) => SubjectToken | undefined;

const lookupSchema = z
  .strictObject({ type: z.enum(subjectTypes), id: z.string().min(1).max(256) })
  .meta({
    id: "SubjectLookup",
    description: "The identifier in any form that producers may send.",
  });
const tokenDocument = z.object({ subject_token: z.uuid() }).meta({ id: "SubjectTokenDocument" });

export const subjectsRoute = ({
  subjectTokenOf,
}: {
  readonly subjectTokenOf: SubjectTokenOf;
}): Route =>
  defineRoute({
    method: "post",
    path: "/v1/subjects/lookup",
    summary: "Token of a subject",
    description: "Says nothing about whether the subject was ever seen.",
    role: "analyst",
    params: noParams,
    query: z.strictObject({}),
    body: lookupSchema,
    replies: { 200: { description: "The token.", schema: tokenDocument } },
    problems: [],
    handle: ({ body }) => {
      const token = subjectTokenOf(body);
      if (token !== undefined)
        return json({ subject_token: token }, { "Cache-Control": "no-store" });
      const errors = [{ pointer: "/id", detail: `expected an identifier of the given type` }];
      return problem("invalid_body", "The identifier is not one of this type.", { errors });
    },
  });
