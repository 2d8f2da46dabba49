/**
 * Puts a backup into an empty store: the schema as of the backup's time, then every part attached as it was. What
 * happened after the backup comes in again from Kafka, as far as the topics still have it.
 */
import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Store } from "../clickhouse/client.ts";
import { defineQuery } from "../clickhouse/define-query.ts";
import { migrate } from "../clickhouse/migrate.ts";
import { allMigrations } from "../clickhouse/migrations/all-migrations.ts";
import { unfinishedRestoreOf } from "../clickhouse/open-clients.ts";
import { statementSource } from "../ledger/statement.ts";
import { kafkaSource } from "../pipeline/decode-context.ts";
import type { Clock } from "../runtime/clock.ts";
import { BackupError, checkEmbedded, type Manifest, readManifest } from "./backup.ts";

const emptyTables = defineQuery({
  name: "restore.tables",
  sql: `SELECT name, data_paths[1] AS path, ifNull(total_rows, 0) AS row_count FROM system.tables
    WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree') ORDER BY name`,
  params: z.object({}),
  row: z.object({ name: z.string(), path: z.string(), row_count: z.number().int() }),
});

export interface RestoreOptions {
  /** Embedded and empty. */
  readonly store: Store;
  /** Of the store: the folder `clickhouse` below it. */
  readonly dataDir: string;
  readonly folder: string;
  readonly clock: Clock;
}

/**
 * Throws `BackupError`, `migration.newer`, `clickhouse.*`; what an error or a kill leaves half done does not open any
 * more, for the rows that are missing need not be those that a verification asks for.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const { store, folder, dataDir } = options;
  checkEmbedded(store);
  const manifest = await readManifest(folder);
  if ((await emptyTables(store.reader, {})).some(({ row_count: rows }) => rows > 0)) {
    throw new BackupError(
      "backup.not_empty",
      "the store that the backup is to go into is not empty",
    );
  }
  const known = allMigrations.at(-1)?.id ?? 0;
  if (manifest.schema > known) {
    const detail = `the backup has schema ${manifest.schema}, this version knows ${known}`;
    throw new BackupError("backup.unreadable", detail);
  }
  const mark = unfinishedRestoreOf(dataDir);
  await writeFile(mark, "");
  await putBack(options, manifest);
  await rm(mark);
  return manifest;
}

async function putBack(
  { store, folder, clock }: RestoreOptions,
  manifest: Manifest,
): Promise<void> {
  await migrate(
    store,
    clock,
    allMigrations.filter(({ id }) => id <= manifest.schema),
  );
  await store.writer.command("TRUNCATE TABLE schema_migrations");
  const paths = new Map(
    (await emptyTables(store.reader, {})).map(({ name, path }) => [name, path]),
  );
  for (const [table, parts] of Object.entries(manifest.tables)) {
    const path = paths.get(table);
    if (path === undefined) throw new BackupError("backup.unreadable", `no table ${table} here`);
    for (const part of parts) {
      await cp(join(folder, table, part), join(path, "detached", part), { recursive: true });
      await store.writer.command(`ALTER TABLE ${table} ATTACH PART '${part}'`);
    }
  }
  await migrate(store, clock);
  await forgetUnstored(store);
}

/**
 * What detection recorded while the copy was made, of rows that the copy does not have, Kafka brings again and detection
 * waits for it. A file does not come by itself: detection would wait for it at every start, and take it for scored when
 * it is loaded again.
 */
async function forgetUnstored({ writer }: Pick<Store, "writer">): Promise<void> {
  await writer.command(
    `ALTER TABLE engine_inputs DELETE
      WHERE NOT startsWith(source, {kafka:String}) AND NOT startsWith(source, {service:String})
        AND (source, partition, end_offset) NOT IN (
          SELECT source, partition, end_offset FROM engine_inputs AS recorded
          INNER JOIN (SELECT source, partition, max(offset) + 1 AS stored_end FROM outcomes
            GROUP BY source, partition) AS stored
          ON recorded.source = stored.source AND recorded.partition = stored.partition
          WHERE recorded.end_offset <= stored.stored_end)
      SETTINGS mutations_sync = 2`,
    { kafka: kafkaSource(""), service: statementSource("") },
  );
}
