/** A store as an earlier version left it: its schema, and in it whatever data that schema has a place for. */
import { z } from "zod";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { defineQuery } from "../../ingest/clickhouse/define-query.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { allMigrations } from "../../ingest/clickhouse/migrations/all-migrations.ts";
import type { Migration } from "../../ingest/clickhouse/migrations/migration.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { grouped } from "../../ingest/runtime/grouped.ts";
import { testStoreOptions } from "./store.ts";

const earlier = "earlier";

export const earlierStoreOptions = (dataDir: string) => ({
  ...testStoreOptions(dataDir),
  clickhouseDatabase: earlier,
});

/** With the one that records each as applied. */
export const statementsIn = (migrations: readonly Migration[]): number =>
  migrations.reduce((sum, { statements }) => sum + statements.length + 1, 0);

const writtenInTime = "CONSTRAINT written_in_time CHECK now64(3) <= deadline";

const columnsHere = defineQuery({
  name: "earlier.columns",
  sql: `SELECT table, name FROM system.columns WHERE database = currentDatabase()
    AND table != 'schema_migrations' AND default_kind NOT IN ('ALIAS', 'MATERIALIZED')
    ORDER BY table, position`,
  params: z.object({}),
  row: z.object({ table: z.string(), name: z.string() }),
});

/** Fills a store of this version by `fill`, and copies it into one with the first `version` migrations. */
export async function makeEarlierStore(
  dataDir: string,
  version: number,
  fill: (store: Store) => Promise<void>,
): Promise<void> {
  const options = testStoreOptions(dataDir);
  const present = await openStore(options);
  await migrate(present, systemClock);
  await fill(present);
  await present.close();
  const store = await openStore(earlierStoreOptions(dataDir));
  await migrate(store, systemClock, allMigrations.slice(0, version));
  const columns = grouped(await columnsHere(store.reader, {}), ({ table }) => table);
  for (const [table, own] of columns) {
    const names = own.map(({ name }) => name).join(", ");
    const isTimed = own.some(({ name }) => name === "deadline");
    const alter = `ALTER TABLE ${table}`;
    // The store takes nothing whose time is over, and the ledger commits to that time.
    if (isTimed) await store.writer.command(`${alter} DROP CONSTRAINT written_in_time`);
    await store.writer.command(
      `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${options.clickhouseDatabase}.${table}`,
    );
    if (isTimed) await store.writer.command(`${alter} ADD ${writtenInTime}`);
  }
  await store.close();
}
