/** The API of the service over its store, wherever it runs: beside the other roles or in a thread of its own. */

import type { Store } from "../ingest/clickhouse/client.ts";
import { parseKey } from "../ingest/pipeline/key.ts";
import { createTokenizer, type Tokenizer } from "../ingest/pipeline/tokenizer.ts";
import { type AppDeps, createApp } from "./app.ts";
import type { Context } from "./context.ts";
import { type Keeping, statementMacOf, statementsOf, suppressionsOf } from "./ledger.ts";
import { legalHoldsOf } from "./retention.ts";
import type { ListedDetector } from "./routes/detectors.ts";
import type { Liveness, Readiness } from "./routes/health.ts";
import type { Render } from "./routes/metrics.ts";
import { erasuresOf, revealOf } from "./subjects.ts";
import type { StoreVerification } from "./verification.ts";

/** What the API asks of the rest of the process. */
export interface Home {
  /** The metrics of the process. */
  readonly render: Render;
  readonly liveness: Liveness;
  readonly readiness: Readiness;
  readonly verify: () => Promise<StoreVerification>;
}

export interface ServiceAppParts extends Home {
  readonly store: Store;
  readonly tokenizer: Tokenizer;
  readonly detectors: readonly ListedDetector[];
  readonly scope: "all" | "operations";
}

type Surroundings = Keeping & Pick<AppDeps, "log" | "metrics">;

export const serviceApp = (context: Surroundings, parts: ServiceAppParts) =>
  createApp({
    ...context,
    ...parts,
    statements: statementsOf(context, parts.store),
    statementMac: statementMacOf(context),
    holds: legalHoldsOf(context, parts.store),
    suppressions: suppressionsOf(context, parts.store),
    reveal: revealOf(context, parts.store),
    erasures: erasuresOf(context, parts.store),
    backup: context.config,
    detectors: () => parts.detectors,
  });

export const tokenizerOf = ({ config }: Pick<Context, "config">): Tokenizer =>
  createTokenizer(parseKey("DESKWATCH_TOKEN_KEY", config.tokenKey));
