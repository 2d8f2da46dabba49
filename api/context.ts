/** What every command that touches data starts with: configuration, log, metrics, an orderly stop. */
import { openStore, type Store } from "../ingest/clickhouse/client.ts";
import { migrate } from "../ingest/clickhouse/migrate.ts";
import { applyRetention } from "../ingest/clickhouse/retention.ts";
import { claimKeys, type StoreKeys } from "../ingest/clickhouse/store-keys.ts";
import { parseKey, parseKeyRing } from "../ingest/pipeline/key.ts";
import { type Clock, systemClock } from "../ingest/runtime/clock.ts";
import { loadConfig, processEnvironment } from "../ingest/runtime/config.ts";
import { createLifecycle, type Lifecycle } from "../ingest/runtime/lifecycle.ts";
import { createLog, type Log } from "../ingest/runtime/log.ts";
import { createMetrics, type Metrics } from "../ingest/runtime/metrics.ts";
import type { Config } from "../ingest/runtime/settings.ts";
import { CommandError } from "./command-error.ts";
import type { Output } from "./output.ts";

export interface Context {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly lifecycle: Lifecycle;
  readonly output: Output;
}

/** `overrides` are variables that the command sets itself; they win over the environment. */
export function openContext(
  output: Output,
  overrides: Readonly<Record<string, string>> = {},
): Context {
  const { config } = loadConfig({ ...processEnvironment(), ...overrides });
  const log = createLog(config);
  const lifecycle = createLifecycle(log);
  return { config, log, lifecycle, output, metrics: createMetrics(), clock: systemClock };
}

/** The store with its schema in place; closed when the command ends. */
export async function openMigratedStore(context: Context): Promise<Store> {
  const store = await openStore(context.config);
  context.lifecycle.onStop("store", () => store.close());
  await migrate(store, context.clock);
  await applyRetention(store, context.config);
  return store;
}

/**
 * As `openMigratedStore`, for whoever goes on to write. Throws `KeyError` when a key that is set is unfit and
 * `OtherKeyError` when the store was begun with another.
 */
export async function openOwnStore(context: Context): Promise<Store> {
  const keys = storeKeysOf(context.config);
  const store = await openMigratedStore(context);
  await claimKeys(store, keys, context.clock);
  return store;
}

/** Those that are set: not every command needs both. Throws `KeyError`. */
export const storeKeysOf = ({
  tokenKey,
  masterKey,
}: Pick<Config, "tokenKey" | "masterKey">): StoreKeys => ({
  token: tokenKey === "" ? [] : [parseKey("DESKWATCH_TOKEN_KEY", tokenKey)],
  master: masterKey === "" ? [] : parseKeyRing("DESKWATCH_MASTER_KEY", masterKey),
});

/** Runs `work` and closes what it opened, however it ends. */
export async function withContext<Value>(
  context: Context,
  work: (context: Context) => Promise<Value>,
): Promise<Value> {
  try {
    return await work(context);
  } finally {
    await context.lifecycle.stop();
  }
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilSignalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let seen = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      seen += 1;
      if (seen > 1) process.exit(1);
      resolve(signal);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}

/**
 * Aborts at the first SIGINT or SIGTERM with `message` as its reason, so that work ends in order; a second
 * signal ends the process at once.
 */
export function abortedBySignal(message: string): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => stopping.abort(new CommandError(message, 1)));
  }
  return stopping.signal;
}
