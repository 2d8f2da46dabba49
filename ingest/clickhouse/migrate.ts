/**
 * Brings the schema to the version of this code, once, in order, with a checksum of each step kept beside
 * the data.
 *
 * Safe to run twice and from several processes at once: every statement is idempotent, and the record of a
 * step is keyed by its id, so that two runners write the same row.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../runtime/clock.ts";
import type { Store } from "./client.ts";
import { defineQuery } from "./define-query.ts";
import { allMigrations } from "./migrations/all-migrations.ts";
import type { Migration } from "./migrations/migration.ts";
import { StoreError } from "./store-error.ts";

const createLedger = `CREATE TABLE IF NOT EXISTS schema_migrations (
  id UInt32,
  name String,
  checksum String,
  applied_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(applied_at) ORDER BY (id, checksum)`;

const appliedMigrations = defineQuery({
  name: "schema_migrations.applied",
  sql: `SELECT id, name, checksum FROM schema_migrations GROUP BY id, name, checksum ORDER BY id`,
  params: z.object({}),
  row: z.object({ id: z.number(), name: z.string(), checksum: z.string() }),
});

export interface MigrationResult {
  /** Names of the migrations that this run applied. */
  readonly applied: readonly string[];
  /** Id of the newest migration that is now in place. */
  readonly version: number;
}

/**
 * Applies what is missing. Throws `migration.changed` when an applied migration was edited afterwards and
 * `migration.newer` when the data was written by newer code; the schema is untouched in both cases.
 */
export async function migrate(
  store: Pick<Store, "writer">,
  clock: Clock,
  migrations: readonly Migration[] = allMigrations,
): Promise<MigrationResult> {
  await store.writer.command(createLedger);
  const pending = await pendingMigrations(store, migrations);
  for (const migration of pending) {
    for (const statement of migration.statements) await store.writer.command(statement);
    const { id, name } = migration;
    const row = { id, name, checksum: checksumOf(migration), applied_at: clock.now() };
    await store.writer.insertRows("schema_migrations", [row]);
  }
  return { applied: pending.map(({ name }) => name), version: migrations.at(-1)?.id ?? 0 };
}

/** Migrations of this code that the data does not have yet; the same errors as `migrate`. Changes nothing. */
export async function pendingMigrations(
  store: Pick<Store, "writer">,
  migrations: readonly Migration[] = allMigrations,
): Promise<readonly Migration[]> {
  const applied = await appliedMigrations(store.writer, {});
  const known = new Map(migrations.map((migration) => [migration.id, migration]));
  for (const row of applied) checkApplied(row, known.get(row.id));
  const done = new Set(applied.map(({ id }) => id));
  return migrations.filter(({ id }) => !done.has(id));
}

interface AppliedMigration {
  readonly id: number;
  readonly name: string;
  readonly checksum: string;
}

function checkApplied(applied: AppliedMigration, migration: Migration | undefined): void {
  if (migration === undefined) {
    throw new StoreError(
      "migration.newer",
      `the data has migration ${applied.id} (${applied.name}), which this version does not know;` +
        " start the newer version, or restore older data",
    );
  }
  if (checksumOf(migration) === applied.checksum) return;
  throw new StoreError(
    "migration.changed",
    `migration ${applied.id} (${applied.name}) was applied with other statements than this version` +
      " has; an applied migration is never edited: add a new one",
  );
}

/** SHA-256 of the statements; white space counts. */
const checksumOf = (migration: Migration): string =>
  createHash("sha256").update(JSON.stringify(migration.statements)).digest("hex");
