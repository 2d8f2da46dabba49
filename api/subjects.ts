/** Reveals and erasures of subjects as the service and the commands run them. */
import type { Store } from "../ingest/clickhouse/client.ts";
import { parseKeyRing } from "../ingest/pipeline/key.ts";
import { createSealer, type Sealer } from "../ingest/pipeline/seal.ts";
import { createErasureKeeper } from "../ingest/subjects/erasure-keeper.ts";
import { createErasures, type Erasures } from "../ingest/subjects/erasures.ts";
import { createReveal, type Reveal } from "../ingest/subjects/reveal.ts";
import type { Context } from "./context.ts";
import { type Keeping, statementMacOf, statementsOf } from "./ledger.ts";
import { legalHoldsOf } from "./retention.ts";

/** Throws `KeyError` when the master key is absent or unfit. */
export const sealerOf = ({ config }: Pick<Context, "config">): Sealer =>
  createSealer(parseKeyRing("DESKWATCH_MASTER_KEY", config.masterKey));

/** Throws `KeyError` when the master key is absent or unfit. */
export const revealOf = (context: Keeping, { reader }: Store): Reveal =>
  createReveal({ reader, sealer: sealerOf(context), mac: statementMacOf(context) });

/** Throws `KeyError` when the master key is absent or unfit: without it nobody may erase. */
export const erasuresOf = (context: Keeping, store: Store): Erasures =>
  createErasures({
    store,
    statements: statementsOf(context, store),
    mac: statementMacOf(context),
    holds: legalHoldsOf(context, store),
  });

/** Finishes from now on what was cut off. */
export function startErasures(context: Context, { store }: { readonly store: Store }): void {
  const keeper = createErasureKeeper({ ...context, erasures: erasuresOf(context, store) });
  keeper.start();
  context.lifecycle.onStop("erasures", keeper.stop);
}
