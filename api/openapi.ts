/**
 * The OpenAPI 3.1 document, made from the very schemas that check the requests.
 */
import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
} from "@asteasolutions/zod-to-openapi";
import { z } from "zod";
import { type ProblemCode, problem, problemSchema } from "./problem.ts";
import type { DescribedReply, Route } from "./route.ts";

const info = {
  title: "Deskwatch",
  version: "1",
  description:
    "Who in a support organisation looked at whose record, and which look-ups were not ordinary work." +
    " Times are RFC 3339, in UTC on the way out. Ranges include both ends. Unknown query parameters and" +
    " body members are refused. Every error is a problem document (RFC 9457).",
};

/** Any request can end so. */
const commonProblems: readonly ProblemCode[] = [
  "invalid_parameter",
  "rate_limited",
  "internal",
  "overloaded",
  "store_unavailable",
];
const keyProblems: readonly ProblemCode[] = ["key_missing", "key_refused", "role_insufficient"];
const bodyProblems: readonly ProblemCode[] = [
  "invalid_body",
  "unreadable_body",
  "body_too_large",
  "media_type_unsupported",
];

/** Media types that a body may come in; a merge patch means what plain JSON means here. */
export const bodyMediaTypes = ["application/json", "application/merge-patch+json"] as const;

export function openApiDocument(routes: readonly Route[]) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent("securitySchemes", "apiKey", {
    type: "http",
    scheme: "bearer",
    description: "An API key: `dw_<id>_<secret>`. Roles: viewer, analyst, admin.",
  });
  for (const route of routes) registry.registerPath(pathOf(route));
  const generator = new OpenApiGeneratorV31(registry.definitions);
  return generator.generateDocument({ openapi: "3.1.0", info });
}

function pathOf(route: Route): RouteConfig {
  const { method, path, role, summary, body } = route;
  const description = [route.description, role === "none" ? "" : `Role: ${role}.`]
    .filter((part) => part !== "")
    .join(" ");
  return {
    method,
    path,
    summary,
    description,
    operationId: operationIdOf(route),
    security: role === "none" ? [] : [{ apiKey: [] }],
    request: {
      params: route.params,
      query: route.query,
      headers: headerSchemas(route),
      ...(body === undefined ? {} : { body: bodyOf(body) }),
    },
    responses: { ...successes(route), ...failures(route) },
  };
}

/** `get /v1/alerts/{alert_id}/actions` → `get_v1_alerts_alert_id_actions`. */
const operationIdOf = ({ method, path }: Route): string =>
  [method, ...path.split(/[^A-Za-z0-9_]+/)].filter((part) => part !== "").join("_");

const bodyOf = (schema: z.ZodType) => ({
  required: true,
  content: Object.fromEntries(bodyMediaTypes.map((mediaType) => [mediaType, { schema }])),
});

function headerSchemas({ requestHeaders }: Route): z.ZodObject {
  const described = Object.entries(requestHeaders).map(([name, description]) => [
    name,
    z.string().optional().meta({ description }),
  ]);
  return z.object(Object.fromEntries(described));
}

function successes({ replies }: Route): Record<string, ResponseConfig> {
  const described = Object.entries(replies).map(([status, reply]) => {
    const { description, headers } = reply;
    return [status, { description, headers: headerDocuments(headers), content: contentOf(reply) }];
  });
  return Object.fromEntries(described);
}

function contentOf({ schema, textTypes = [] }: DescribedReply) {
  if (schema !== undefined) return { "application/json": { schema } };
  return Object.fromEntries(textTypes.map((mediaType) => [mediaType, { schema: z.string() }]));
}

const headerDocuments = (headers: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: "string" as const } },
    ]),
  );

/** One entry a status, naming the codes that it stands for. A status that a success uses stays that. */
function failures(route: Route): Record<string, ResponseConfig> {
  const codesByStatus = new Map<number, ProblemCode[]>();
  for (const code of problemCodesOf(route)) {
    const { status } = problem(code, "");
    if (route.replies[status] !== undefined) continue;
    codesByStatus.set(status, [...(codesByStatus.get(status) ?? []), code]);
  }
  const described = [...codesByStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\``).join(", "),
      content: { "application/problem+json": { schema: problemSchema } },
    },
  ]);
  return Object.fromEntries(described);
}

const problemCodesOf = ({ role, body, problems }: Route): ProblemCode[] => [
  ...commonProblems,
  ...(role === "none" ? [] : keyProblems),
  ...(body === undefined ? [] : bodyProblems),
  ...problems,
];
