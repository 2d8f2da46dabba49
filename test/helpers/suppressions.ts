/** Suppressions under the keys of the test audit store. */
import { createSuppressions } from "../../detectors/store/suppression-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { statementsOf, testStatementMac } from "./ledger.ts";

export const suppressionsOf = (store: Store) =>
  createSuppressions({
    reader: store.reader,
    statements: statementsOf(store),
    mac: testStatementMac,
  });
