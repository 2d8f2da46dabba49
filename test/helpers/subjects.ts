/** Reveals and erasures under the keys of the test audit store. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createErasures } from "../../ingest/subjects/erasures.ts";
import { createReveal } from "../../ingest/subjects/reveal.ts";
import { ann, auditConfig, bob, mixture } from "./audit-store.ts";
import { statementsOf, testSealer, testStatementMac } from "./ledger.ts";
import { holdsOf, write } from "./retention.ts";
import { withStore } from "./store.ts";

export const revealOf = ({ reader }: Store) =>
  createReveal({ reader, sealer: testSealer, mac: testStatementMac });

export const erasuresOf = (store: Store) =>
  createErasures({
    store,
    statements: statementsOf(store),
    mac: testStatementMac,
    holds: holdsOf(store),
  });

const { identify } = createTokenizer(parseKey("K", auditConfig.tokenKey));
/** Of the two subjects of the mixture. */
export const annToken: string = identify("phone", ann.id).token;
export const bobToken: string = identify("email", bob.id).token;

/** A store with both of them in it. */
export const withMixture = (body: (store: Store) => Promise<void>): Promise<void> =>
  withStore(async (store) => {
    await write(store, "kafka:a", mixture);
    await body(store);
  });

export const erase = (store: Store, tokens: readonly string[] = [annToken]) =>
  erasuresOf(store).erase({
    tokens,
    reason: "request 12",
    principal: "key:dpo",
    at: systemClock.now(),
  });

/** What a reveal says of each: its identifier, or why there is none. */
export const revealed = async (store: Store, tokens: readonly string[] = [annToken]) =>
  (await revealOf(store)(tokens)).map((one) =>
    one.state === "revealed" ? one.canonicalId : one.state,
  );

/** How many rows of the subject there are, and how many of them have a key. */
export async function rowsOf({ reader }: Store, token = annToken) {
  const [row] = await reader.query(
    `SELECT count() AS rows, countIf(wrapped_key != '') AS keys FROM identities
      WHERE subject_token = toUUID({token:String})`,
    { token },
  );
  return row;
}
