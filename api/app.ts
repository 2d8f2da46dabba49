/**
 * The HTTP API as an Express application that opens no socket. Around each route the same steps: who asks,
 * how often, may they, is the request as documented, the answer.
 */
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from "express";
import helmet from "helmet";
import { createReadRecorder } from "../detectors/store/read-recorder.ts";
import type { Asked } from "../detectors/store/read-store.ts";
import type { Store } from "../ingest/clickhouse/client.ts";
import { wellFormed } from "../ingest/pipeline/decode.ts";
import { errorFields, type Log } from "../ingest/runtime/log.ts";
import type { Config } from "../ingest/runtime/settings.ts";
import { createAuthenticator } from "./auth/authenticator.ts";
import { listStoredKeys } from "./auth/keys.ts";
import type { Principal } from "./auth/role.ts";
import { failureOf } from "./failure.ts";
import { createGate } from "./gate.ts";
import { bodyMediaTypes } from "./openapi.ts";
import { problem } from "./problem.ts";
import type { Reply } from "./reply.ts";
import {
  createRequestObserver,
  type RequestMetrics,
  type RequestObserver,
} from "./request-observer.ts";
import { createRoom } from "./room.ts";
import type { Route } from "./route.ts";
import { type RouteDeps, routesOf } from "./routes.ts";
import { createSend, type Send } from "./send.ts";

/** Every body that the API takes is a small object. */
const bodyBytesMax = 64 * 1024;

export interface AppDeps extends Omit<RouteDeps, "metricsRequireKey" | "keysChanged"> {
  readonly store: Store;
  readonly metrics: RequestMetrics;
  readonly log: Log;
  readonly config: Pick<Config, "bootstrapApiKey" | "rateLimitPerMinute" | "metricsRequireKey">;
}

/** Every route is mounted, no query is made before the first request. */
export function createApp(deps: AppDeps): express.Express {
  const { store, clock, log, config } = deps;
  const observer = createRequestObserver(deps);
  const send = createSend(observer.idOf);
  const { authenticate, keysChanged } = createAuthenticator({
    loadKeys: () => listStoredKeys({ reader: store.reader, mac: deps.statementMac }),
    clock,
    bootstrapApiKey: config.bootstrapApiKey,
  });
  const gate = createGate({ authenticate, perMinute: config.rateLimitPerMinute, send });
  const room = createRoom(send);
  const recordRead = createReadRecorder(deps.statements);
  const record: Answering["record"] = ({ path }, request, asked) => {
    const { id: principal, role } = gate.principalOf(request);
    const read = { requestId: observer.idOf(request), at: clock.now(), principal, role };
    return recordRead({ ...read, route: path, ...asked });
  };
  const routes = routesOf({ ...deps, metricsRequireKey: config.metricsRequireKey, keysChanged });

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  app.use(observer.middleware);
  app.use(helmet());
  for (const route of routes) {
    app[route.method](
      expressPath(route.path),
      observer.names(route.path),
      // Whoever watches the service must hear of it most of all when it is busy.
      ...(route.role === "none" ? [] : [room]),
      ...gate.handlers(route.role),
      ...(route.body === undefined ? [] : [readBody]),
      answer(route, { principalOf: gate.principalOf, record, send }),
    );
  }
  for (const [path, methods] of methodsByPath(routes)) {
    app.all(expressPath(path), observer.names(path), refuseMethod(methods, send));
  }
  app.use((request, response) => {
    send(request, response, problem("not_found", "There is nothing at this path."));
  });
  app.use(reportFailure(log, observer, send));
  return app;
}

/** Half a surrogate pair is not storable as UTF-8, and means what it would in an event. */
const readBody = express.json({
  type: [...bodyMediaTypes],
  limit: bodyBytesMax,
  reviver: wellFormed,
});

/** OpenAPI's `{name}` is Express's `:name`. */
const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

interface Answering {
  readonly principalOf: (request: Request) => Principal;
  readonly record: (route: Route, request: Request, asked: Asked) => Promise<void>;
  readonly send: Send;
}

const answer =
  (route: Route, answering: Answering): RequestHandler =>
  async (request, response) => {
    answering.send(request, response, await replyTo(route, request, answering));
  };

function replyTo(
  route: Route,
  request: Request,
  { principalOf, record }: Answering,
): Promise<Reply> | Reply {
  // `false`: there is a body, of another type; `null`: there is none, which the schema reports.
  if (route.body !== undefined && request.is([...bodyMediaTypes]) === false) {
    return problem("media_type_unsupported", `Send the body as ${bodyMediaTypes.join(" or ")}.`);
  }
  if (!isDecodable(request.url)) {
    return problem("invalid_url", "The query has a broken percent-encoding.");
  }
  const { params, query, headers } = request;
  const body: unknown = request.body;
  return route.serve({
    ...{ params, query, body, headers },
    principal: principalOf(request),
    record: (asked) => record(route, request, asked),
  });
}

/** Express takes what it cannot decode as it is: an id of nobody, so that the answer would be that nobody was exposed. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

function methodsByPath(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const names = method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()];
    methods.set(path, [...(methods.get(path) ?? []), ...names]);
  }
  return methods;
}

const refuseMethod =
  (methods: readonly string[], send: Send): RequestHandler =>
  (request, response) => {
    const allow = { Allow: [...methods, "OPTIONS"].join(", ") };
    if (request.method === "OPTIONS") response.status(204).set(allow).end();
    else {
      const detail = `This path answers ${allow.Allow}.`;
      send(request, response, problem("method_not_allowed", detail, { headers: allow }));
    }
  };

/** The one place where what routes throw ends up. The fourth parameter makes Express see it as such. */
const reportFailure =
  (log: Log, observer: RequestObserver, send: Send): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const found = failureOf(error);
    if (found.status >= 500) {
      log.error({ ...errorFields(error), request_id: observer.idOf(request) }, "request failed");
    }
    send(request, response, found);
  };
