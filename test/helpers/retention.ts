/** Passes of retention and legal holds under the keys of the test audit store. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { createLedgerChains } from "../../ingest/clickhouse/ledger-chains.ts";
import type { RetentionConfig } from "../../ingest/clickhouse/retention.ts";
import { createStatementWriter } from "../../ingest/clickhouse/statement-writer.ts";
import { createLegalHolds } from "../../ingest/retention/legal-holds.ts";
import { type PassResult, runRetention } from "../../ingest/retention/retention-pass.ts";
import { type Clock, systemClock } from "../../ingest/runtime/clock.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { auditStoreOf, mixture, rangeOf, recordsOf, soon, view } from "./audit-store.ts";
import { notaryOf, statementsOf, testMac, testStatementMac, verify } from "./ledger.ts";

export const everyLimit = (days: number): RetentionConfig => ({
  retentionAccessEventsDays: days,
  retentionSubjectEventsDays: days,
  retentionTicketEventsDays: days,
  retentionAgentEventsDays: days,
  retentionReadsDays: days,
  retentionDeadLettersDays: days,
  retentionAlertsDays: days,
  retentionEngineInputsDays: days,
});

export const holdsOf = (store: Store) =>
  createLegalHolds({
    reader: store.reader,
    statements: statementsOf(store),
    mac: testStatementMac,
  });

/** A clock that is so many days ahead: what is written now is then old. */
export const daysAhead = (days: number): Clock => ({
  now: () => epochMs(systemClock.now() + days * 86_400_000),
});

export const retire = (
  store: Store,
  changes: Partial<RetentionConfig>,
  clock: Clock = systemClock,
  statements = statementsOf(store),
): Promise<PassResult> =>
  runRetention(
    {
      store,
      statements,
      linkMac: testMac,
      statementMac: testStatementMac,
      holds: holdsOf(store),
      clock,
      log: createLog({ logLevel: "silent" }),
      metrics: createMetrics(),
    },
    { config: { ...everyLimit(0), ...changes }, principal: "test", mayGoOn: () => true },
  );

/** A store that does `act` when the first leaves have been put in the place of rows. */
export function afterLeaves(store: Store, act: () => Promise<unknown>): Store {
  let isDone = false;
  const insert: Store["writer"]["insert"] = async (insertion) => {
    await store.writer.insert(insertion);
    if (isDone || insertion.table !== "retired_leaves") return;
    isDone = true;
    await act();
  };
  return { ...store, writer: { ...store.writer, insert } };
}

const dayMs = 86_400_000;

export async function write(
  store: Store,
  source: string,
  values: readonly unknown[],
): Promise<void> {
  const audit = auditStoreOf(store);
  const records = recordsOf(source, 0, values);
  await audit.insertRanges([
    { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
  ]);
}

const readOf = (id: string, agent: string): readonly unknown[] => [
  ...[id, dayMs, "key:k", "viewer", "/v1/exposure", [agent], [], [], [], "", null, null, "", ""],
];

/** The mixture, one access of another chain, one action and two questions of an analyst, asked in one go. */
export async function writeAll(store: Store): Promise<void> {
  await write(store, "kafka:a", mixture);
  await write(store, "kafka:b", [{ ...view, event_id: "b1" }]);
  const action = ["a1", 1, "resolved", "benign", "old", "key:k", dayMs];
  const statements = statementsOf(store);
  await statements.append("alert_actions", action);
  await statements.appendAll("reads", [readOf("r1", "a1"), readOf("r2", "a2")]);
}

/** What a verification finds once everything is signed: kind, table, [from, to). */
export async function foundIn(store: Store) {
  await notaryOf(store).round();
  const { discrepancies } = await verify(store);
  return discrepancies.map(({ kind, table, from, to }) => [kind, table, from, to]);
}

export async function rowCounts({ reader }: Store, tables: readonly string[]) {
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const [row] = await reader.query(`SELECT count() AS n FROM ${table}`, {});
    counts[table] = (row as { n: number }).n;
  }
  return counts;
}

/** By hand, past the service. */
export const deleteRows = (store: Store, table: string, where: string) =>
  store.writer.command(`ALTER TABLE ${table} DELETE WHERE ${where} SETTINGS mutations_sync = 2`);

/** Commits to what a failed statement left, as a later process does once its deadline has passed. */
export async function coverOrphans({ writer }: Store): Promise<void> {
  const clock = { now: () => epochMs(systemClock.now() + 60_000) };
  const chains = createLedgerChains({ writer, mac: testMac, clock });
  await createStatementWriter({ writer, chains, mac: testStatementMac, clock }).coverOrphans();
}
