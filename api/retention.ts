/** Retention and legal holds as the service and the commands run them. */
import type { Store } from "../ingest/clickhouse/client.ts";
import type { Lease } from "../ingest/notary/lease.ts";
import { createLegalHolds, type LegalHolds } from "../ingest/retention/legal-holds.ts";
import { createRetentionKeeper } from "../ingest/retention/retention-keeper.ts";
import type { RetentionPassDeps } from "../ingest/retention/retention-pass.ts";
import type { Context } from "./context.ts";
import { type Keeping, linkMacOf, statementMacOf, statementsOf } from "./ledger.ts";

/** Throws `KeyError` when the master key is absent or unfit: without it nobody may place or release. */
export function legalHoldsOf(context: Keeping, store: Store): LegalHolds {
  const statements = statementsOf(context, store);
  return createLegalHolds({ reader: store.reader, statements, mac: statementMacOf(context) });
}

/** Throws `KeyError` when the master key is absent or unfit. */
export const retentionDepsOf = (context: Context, store: Store): RetentionPassDeps => ({
  ...context,
  store,
  statements: statementsOf(context, store),
  linkMac: linkMacOf(context),
  statementMac: statementMacOf(context),
  holds: legalHoldsOf(context, store),
});

/** Retires what is too old from now on, as long as `lease` is held. */
export function startRetention(
  context: Context,
  { store, lease }: { readonly store: Store; readonly lease: Lease },
): void {
  const { config } = context;
  const keeper = createRetentionKeeper({ ...retentionDepsOf(context, store), config, lease });
  keeper.start();
  context.lifecycle.onStop("retention", keeper.stop);
}
