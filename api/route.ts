/**
 * A route: what it takes, who may call it, what it answers. The same description checks a request and makes
 * the OpenAPI document, so the two cannot drift apart.
 */
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { type Asked, askedOfNobody } from "../detectors/store/read-store.ts";
import type { Principal, Role } from "./auth/role.ts";
import { type ProblemCode, problem, type Violation, violationsOf } from "./problem.ts";
import type { Reply } from "./reply.ts";

export type Method = "get" | "post" | "patch" | "delete";

/** A success that the document describes. */
export interface DescribedReply {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Of a text; without them the reply is JSON. */
  readonly textTypes?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

interface RouteInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly headers: IncomingHttpHeaders;
  readonly principal: Principal;
}

interface RouteDefinition<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
> {
  readonly method: Method;
  /** OpenAPI's form: `/v1/alerts/{id}`. Also the `route` label of the metrics. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly role: Role | "none";
  readonly params: Params;
  readonly query: Query;
  /** `z.undefined()`: the route takes no body. */
  readonly body: Body;
  /** Request headers that matter beside Authorization, with what they are for. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly replies: Readonly<Record<number, DescribedReply>>;
  /** Beyond those that every route has. */
  readonly problems: readonly ProblemCode[];
  /** Of whom a request asks, which is put on record before it is answered; `undefined`: of nobody in particular. */
  readonly asks?: (
    input: RouteInput<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Partial<Asked> | undefined;
  readonly handle: (
    input: RouteInput<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<Reply> | Reply;
}

/** A request as the web framework hands it over. */
export interface RawRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly principal: Principal;
  /** Puts on record what is asked. */
  readonly record: (asked: Asked) => Promise<void>;
}

export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly role: Role | "none";
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** `undefined`: the route takes no body. */
  readonly body: z.ZodType | undefined;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly replies: Readonly<Record<number, DescribedReply>>;
  readonly problems: readonly ProblemCode[];
  /** Checks the request and answers it. Rejects only for bugs and dead dependencies. */
  readonly serve: (raw: RawRequest) => Promise<Reply>;
}

export const noParams = z.strictObject({});
export const noBody = z.undefined();

/** Closes over the request's types, so that routes of different shapes fit one list. */
export function defineRoute<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
>(definition: RouteDefinition<Params, Query, Body>): Route {
  const { params, query, body, asks, handle } = definition;
  const takesBody = !(body instanceof z.ZodUndefined);
  return {
    ...definition,
    description: definition.description ?? "",
    body: takesBody ? body : undefined,
    requestHeaders: definition.requestHeaders ?? {},
    serve: async ({ headers, principal, record, ...raw }) => {
      const wrong: Violation[] = [];
      const given = {
        params: checked(params, raw.params, "parameter", wrong),
        query: checked(query, raw.query, "parameter", wrong),
      };
      if (given.params === undefined || given.query === undefined) {
        return problem("invalid_parameter", "A parameter is not as documented.", { errors: wrong });
      }
      const content = body.safeParse(takesBody ? raw.body : undefined);
      if (!content.success) {
        const errors = violationsOf(content.error, "pointer");
        return problem("invalid_body", "The body is not as documented.", { errors });
      }
      const { params: place, query: filter } = given;
      const input = { params: place, query: filter, body: content.data, headers, principal };
      const asked = asks?.(input);
      const recorded = asked && record({ ...askedOfNobody, ...asked });
      const [reply] = await Promise.all([handle(input), recorded]);
      return reply;
    },
  };
}

function checked<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
  place: "parameter" | "pointer",
  wrong: Violation[],
): z.output<Schema> | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  wrong.push(...violationsOf(parsed.error, place));
  return undefined;
}
