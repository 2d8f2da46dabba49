/**
 * What is known of a request from outside: counts and times by route template, and one log line. Never its
 * URL, its headers or its body: these may hold an agent's or a subject's identifier.
 */
import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import type { Clock } from "../ingest/runtime/clock.ts";
import type { Log } from "../ingest/runtime/log.ts";
import type { LabelsOf } from "../ingest/runtime/metric-catalogue.ts";

export const requestIdHeader = "X-Request-Id";

const methods: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
]);

type Requests = "deskwatch_http_requests_total";
type Seconds = "deskwatch_http_request_seconds";

/** What is counted of requests. */
export interface RequestMetrics {
  readonly count: (name: Requests, labels: LabelsOf<Requests>) => void;
  readonly observe: (name: Seconds, labels: LabelsOf<Seconds>, seconds: number) => void;
}

export interface ObserverDeps {
  readonly metrics: RequestMetrics;
  readonly log: Pick<Log, "debug">;
  readonly clock: Clock;
}

export interface RequestObserver {
  readonly middleware: RequestHandler;
  /** Says which route answers; a request that none answers counts as `unmatched`. */
  readonly names: (template: string) => RequestHandler;
  readonly idOf: (request: Request) => string;
}

export function createRequestObserver({ metrics, log, clock }: ObserverDeps): RequestObserver {
  const templates = new WeakMap<Request, string>();
  const ids = new WeakMap<Request, string>();
  const finished = (request: Request, response: Response, startedAt: number): void => {
    const route = templates.get(request) ?? "unmatched";
    const method = methods.has(request.method) ? request.method : "other";
    const seconds = Math.max(0, clock.now() - startedAt) / 1_000;
    const status = response.statusCode;
    const statusClass = `${Math.floor(status / 100)}xx`;
    metrics.count("deskwatch_http_requests_total", { route, method, status_class: statusClass });
    metrics.observe("deskwatch_http_request_seconds", { route }, seconds);
    const fields = { route, method, status, seconds, request_id: ids.get(request) };
    log.debug(fields, "request answered");
  };
  return {
    middleware: (request, response, next) => {
      const id = randomUUID();
      ids.set(request, id);
      response.setHeader(requestIdHeader, id);
      const startedAt = clock.now();
      response.once("close", () => finished(request, response, startedAt));
      next();
    },
    names: (template) => (request, _response, next) => {
      templates.set(request, template);
      next();
    },
    idOf: (request) => ids.get(request) ?? "",
  };
}
