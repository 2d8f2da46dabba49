/**
 * A copy of the embedded store while it is in use: every table frozen (hard links of its present parts, made at
 * once), then copied. What is written last is frozen first, so that whatever a signed head or a link names is in
 * the copy; rows of ranges under way may be there without their link, and ingest completes them after a restore.
 */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import type { Store } from "../clickhouse/client.ts";
import { defineQuery } from "../clickhouse/define-query.ts";
import { newestCheckpoint } from "../clickhouse/ledger-log.ts";
import { frozenFolderOf, frozenPrefix } from "../clickhouse/open-clients.ts";
import { exactTables } from "../pipeline/audit-store.ts";
import type { Clock } from "../runtime/clock.ts";
import { makeFolder } from "../runtime/place.ts";

export const backupFormat = "deskwatch-backup-1";

export const manifestShape = z.strictObject({
  format: z.literal(backupFormat),
  made_at: z.iso.datetime(),
  /** Id of the newest migration. */
  schema: z.int(),
  /** Parts by table; each name is a folder's. */
  tables: z.record(z.string(), z.array(z.string().regex(/^\w+$/))),
  /** Newest signed head when the copy began, so that the copy has it; absent where nothing was signed. */
  checkpoint: z.string().optional(),
});
export type Manifest = z.output<typeof manifestShape>;

export const manifestName = "backup.json";

/** A copy that cannot be made or used. */
export class BackupError extends Error {
  readonly code:
    | "backup.server"
    | "backup.exists"
    | "backup.failed"
    | "backup.unreadable"
    | "backup.not_empty";
  constructor(code: BackupError["code"], message: string) {
    super(message);
    this.name = "BackupError";
    this.code = code;
  }
}

/** Written last, frozen first; deliveries last, so that every page that went out is remembered. */
const order = [
  "checkpoints",
  "ledger_entries",
  "ledger",
  ...exactTables.toReversed(),
  "identities",
  // A chain of statements runs through all of these: one right after the other, the most frequent last.
  "api_keys",
  "legal_holds",
  "suppressions",
  "erasures",
  "alert_actions",
  "reads",
  // Behind the tables that retention removes from: of a row that is not in the copy the leaf is.
  "retired_leaves",
  "retirements",
  "snapshots",
  "alerts",
  "engine_inputs",
];
const lastOfAll = ["deliveries"];

const tableNames = defineQuery({
  name: "backup.tables",
  sql: `SELECT name, toString(uuid) AS uuid FROM system.tables
    WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree') ORDER BY name`,
  params: z.object({}),
  row: z.object({ name: z.string(), uuid: z.string() }),
});

const schemaVersion = defineQuery({
  name: "backup.schema",
  sql: "SELECT max(id) AS version FROM schema_migrations",
  params: z.object({}),
  row: z.object({ version: z.number().int() }),
});

export interface BackupOptions {
  readonly store: Store;
  /** Of the embedded engine: the folder `clickhouse` below it. */
  readonly dataDir: string;
  /** Must not be there yet. */
  readonly folder: string;
  /** How the user has named it, for errors. */
  readonly setting: string;
  readonly clock: Clock;
}

/** Throws `BackupError`, `PlaceError`, `clickhouse.*`; nothing that is not whole ever stands under the name of `folder`. */
export async function makeBackup(options: BackupOptions): Promise<Manifest> {
  const { store, dataDir, folder, clock } = options;
  checkEmbedded(store);
  const target = resolve(folder);
  if (existsSync(target)) throw new BackupError("backup.exists", `${target} is there already`);
  const name = `${frozenPrefix}${clock.now()}`;
  const shadow = frozenFolderOf(dataDir, name);
  const partial = `${target}.partial`;
  makeFolder(options.setting, dirname(target));
  await rm(partial, { recursive: true, force: true });
  try {
    makeFolder(options.setting, partial);
    const [head] = await newestCheckpoint(store.reader, {});
    const frozen = await freeze(store, name);
    // There is always a part of `schema_migrations`.
    if (!(await isThere(shadow))) throw new BackupError("backup.failed", "nothing was frozen");
    const tables = await copyParts(frozen, shadow, partial);
    const [schema = { version: 0 }] = await schemaVersion(store.reader, {});
    const manifest: Manifest = {
      format: backupFormat,
      made_at: new Date(clock.now()).toISOString(),
      schema: schema.version,
      tables,
      ...(head === undefined ? {} : { checkpoint: head.note }),
    };
    await writeFile(join(partial, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
    await rename(partial, target);
    return manifest;
  } finally {
    await rm(shadow, { recursive: true, force: true });
    await rm(partial, { recursive: true, force: true });
  }
}

/** Throws `BackupError`. */
export function checkEmbedded({ embedded }: Pick<Store, "embedded">): void {
  if (embedded) return;
  throw new BackupError("backup.server", "a ClickHouse server has its own BACKUP and RESTORE");
}

interface FrozenTable {
  readonly name: string;
  readonly uuid: string;
}

async function freeze({ reader, writer }: Store, name: string): Promise<readonly FrozenTable[]> {
  const tables = await tableNames(reader, {});
  const rank = ({ name: table }: FrozenTable): number => {
    if (lastOfAll.includes(table)) return order.length + 1;
    const place = order.indexOf(table);
    return place === -1 ? order.length : place;
  };
  const sorted = tables.toSorted((one, other) => rank(one) - rank(other));
  for (const { name: table } of sorted) {
    await writer.command(`ALTER TABLE ${table} FREEZE WITH NAME '${name}'`);
  }
  return sorted;
}

/** A table without parts has no folder. */
async function copyParts(
  tables: readonly FrozenTable[],
  shadow: string,
  target: string,
): Promise<Record<string, string[]>> {
  const copied: Record<string, string[]> = {};
  for (const { name, uuid } of tables) {
    const from = join(shadow, "store", uuid.slice(0, 3), uuid);
    const parts = (await isThere(from)) ? await readdir(from) : [];
    await mkdir(join(target, name), { recursive: true });
    for (const part of parts) {
      await cp(join(from, part), join(target, name, part), { recursive: true });
    }
    copied[name] = parts.toSorted();
  }
  return copied;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await readdir(path);
    return true;
  } catch {
    return false;
  }
}

/** Throws `BackupError` where there is no whole backup. */
export async function readManifest(folder: string): Promise<Manifest> {
  try {
    const text = await readFile(join(folder, manifestName), "utf8");
    return manifestShape.parse(JSON.parse(text));
  } catch (cause) {
    const error = new BackupError("backup.unreadable", `${folder} holds no whole backup`);
    throw Object.assign(error, { cause });
  }
}
