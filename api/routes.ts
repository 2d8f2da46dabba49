/** Every route of the API, one resource a file. */
import { z } from "zod";
import type { Suppressions } from "../detectors/store/suppression-store.ts";
import type { Store } from "../ingest/clickhouse/client.ts";
import type { StatementWriter } from "../ingest/ledger/statement.ts";
import type { StatementMac } from "../ingest/ledger/statement-mac.ts";
import type { Tokenizer } from "../ingest/pipeline/tokenizer.ts";
import type { LegalHolds } from "../ingest/retention/legal-holds.ts";
import type { Clock } from "../ingest/runtime/clock.ts";
import { openApiDocument } from "./openapi.ts";
import { json } from "./reply.ts";
import { defineRoute, noBody, noParams, type Route } from "./route.ts";
import { learningRoute } from "./routes/agents.ts";
import { alertRoutes } from "./routes/alert.ts";
import { alertsRoute } from "./routes/alerts.ts";
import { type BackupDeps, backupsRoute } from "./routes/backups.ts";
import { detectorsRoute, type ListedDetector } from "./routes/detectors.ts";
import { eventsRoute } from "./routes/events.ts";
import { exposedSubjectsRoute } from "./routes/exposed-subjects.ts";
import { exposureRoute } from "./routes/exposure.ts";
import { healthRoutes, type Liveness, type Readiness } from "./routes/health.ts";
import { holdRoutes } from "./routes/holds.ts";
import { incidentRoute } from "./routes/incident.ts";
import { incidentsRoute } from "./routes/incidents.ts";
import { keyRoutes } from "./routes/keys.ts";
import { type LedgerRouteDeps, ledgerRoutes } from "./routes/ledger.ts";
import { metricsRoute, type Render } from "./routes/metrics.ts";
import { readsRoute } from "./routes/reads.ts";
import { type SubjectIdentityDeps, subjectIdentityRoutes } from "./routes/subject-identities.ts";
import { subjectsRoute } from "./routes/subjects.ts";
import { suppressionRoutes } from "./routes/suppressions.ts";

export interface RouteDeps extends LedgerRouteDeps, BackupDeps, SubjectIdentityDeps {
  readonly store: Store;
  /** Writes what analysts and administrators ask and decide. */
  readonly statements: Pick<StatementWriter, "append" | "appendAll">;
  /** Tells the keys that the service made from rows that somebody else put down. */
  readonly statementMac: Pick<StatementMac, "isAuthentic">;
  /** Called when a key was made or revoked. */
  readonly keysChanged: () => void;
  readonly holds: LegalHolds;
  readonly suppressions: Suppressions;
  readonly clock: Clock;
  readonly render: Render;
  readonly metricsRequireKey: boolean;
  readonly liveness: Liveness;
  readonly readiness: Readiness;
  readonly detectors: () => readonly ListedDetector[];
  readonly tokenizer: Tokenizer;
  /**
   * `operations`: metrics, health and this document only, for a process that does not serve. Changes of
   * alerts take turns within a process, so only one process of a database may take them. Default `all`.
   */
  readonly scope?: "all" | "operations";
}

export function routesOf(deps: RouteDeps): readonly Route[] {
  const operations = [metricsRoute(deps), ...healthRoutes(deps)];
  const routes = deps.scope === "operations" ? operations : [...served(deps), ...operations];
  return [...routes, documentRoute(routes)];
}

function served(deps: RouteDeps): readonly Route[] {
  const { reader } = deps.store;
  return [
    alertsRoute({ reader }),
    ...alertRoutes(deps),
    incidentsRoute({ reader }),
    incidentRoute({ reader }),
    eventsRoute({ reader }),
    exposureRoute({ reader }),
    exposedSubjectsRoute({ reader }),
    subjectsRoute(deps),
    ...subjectIdentityRoutes(deps),
    detectorsRoute(deps),
    learningRoute({ reader }),
    readsRoute({ reader, mac: deps.statementMac }),
    ...keyRoutes(deps),
    ...holdRoutes(deps),
    ...suppressionRoutes(deps),
    ...ledgerRoutes(deps),
    backupsRoute(deps),
  ];
}

function documentRoute(others: readonly Route[]): Route {
  const route: Route = defineRoute({
    method: "get",
    path: "/openapi.json",
    summary: "This document",
    role: "none",
    params: noParams,
    query: z.object({}),
    body: noBody,
    replies: { 200: { description: "OpenAPI 3.1.", schema: z.looseObject({}) } },
    problems: [],
    handle: () => json(document),
  });
  const document = openApiDocument([...others, route]);
  return route;
}
