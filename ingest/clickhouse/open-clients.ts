/** The clients behind a store: several of the embedded engine, one of a server. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { makeFolder } from "../runtime/place.ts";
import { StoreError, storeErrorOf } from "./store-error.ts";

/** The client logs failures with their statement by itself; here the caller logs, without data. */
const quiet = { log: { level: ClickHouseLogLevel.OFF } } as const;

export interface StoreOptions {
  /** Empty: embedded in `dataDir`. */
  readonly clickhouseUrl: string;
  readonly clickhouseUser: string;
  readonly clickhousePassword: string;
  readonly clickhouseDatabase: string;
  /** The embedded engine lives in the folder `clickhouse` below it. */
  readonly dataDir: string;
  /** Limit of one statement, milliseconds. */
  readonly queryMsMax: number;
}

const embeddedWriters = 3;
/** Parameters stand in the statement (`bind-literals.ts`); the engine's own bound is 256 KiB. */
const statementBytesMax = 64 * 1024 * 1024;
/** Embedded connections that read: a slow query then blocks one of them, not all readers. */
const embeddedReaders = 3;

/** The database is created through a client of its own: a request that names a missing one is refused. */
export async function serverClients(options: StoreOptions): Promise<ClickHouseClient[]> {
  const access = {
    ...quiet,
    url: options.clickhouseUrl,
    username: options.clickhouseUser,
    password: options.clickhousePassword,
    request_timeout: options.queryMsMax + 1_000,
  };
  const creator = createClient(access);
  try {
    await creator.command({ query: `CREATE DATABASE IF NOT EXISTS ${options.clickhouseDatabase}` });
  } catch (error) {
    throw storeErrorOf(error, false);
  } finally {
    await creator.close();
  }
  return [createClient({ ...access, database: options.clickhouseDatabase })];
}

/** Each connection is told its database and its bounds once and keeps them. */
export async function embeddedClients({
  dataDir,
  clickhouseDatabase,
}: StoreOptions): Promise<ClickHouseClient[]> {
  const path = embeddedFolderOf(dataDir);
  makeFolder("DESKWATCH_DATA_DIR", path);
  if (existsSync(unfinishedRestoreOf(dataDir))) throw halfRestored(path);
  // Loaded only here: a deployment against a server need not have the engine installed.
  const { createChdbConnection } = await import("chdb/connection");
  const clients: ClickHouseClient[] = [];
  try {
    for (let index = 0; index < embeddedWriters + embeddedReaders; index += 1) {
      const connection = createChdbConnection({ path });
      // chdb declares the same interface from its own copy of the client's types.
      const client = createClient({ ...quiet, connection: connection as never });
      clients.push(client);
      await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${clickhouseDatabase}` });
      await client.command({ query: `USE ${clickhouseDatabase}` });
      await client.command({ query: `SET max_query_size = ${statementBytesMax}` });
    }
    removeFrozen(dataDir);
    return clients;
  } catch (error) {
    await Promise.all(clients.map((client) => client.close()));
    throw openError(path, error);
  }
}

/** Lies there from the first part that a restore attaches to the last. */
export const unfinishedRestoreOf = (dataDir: string): string =>
  join(embeddedFolderOf(dataDir), "restore.unfinished");

const halfRestored = (path: string): StoreError =>
  new StoreError(
    "store.half_restored",
    `${path} holds a part of a backup, for its restore was cut off; remove that folder and restore again`,
  );

/** Where the engine keeps what is frozen under a name. */
export const frozenFolderOf = (dataDir: string, name: string): string =>
  join(embeddedFolderOf(dataDir), "shadow", name);

/** What a backup freezes is named so: letters, digits and underscores only, as the engine would escape anything else. */
export const frozenPrefix = "deskwatch_";

/** A backup that was killed leaves its frozen parts, which would outlive every erasure in them. */
function removeFrozen(dataDir: string): void {
  const shadow = frozenFolderOf(dataDir, "");
  if (!existsSync(shadow)) return;
  for (const name of readdirSync(shadow)) {
    if (name.startsWith(frozenPrefix)) rmSync(join(shadow, name), { recursive: true, force: true });
  }
}

/** The engine says only "failed to create connection"; its status file names the process that holds it. */
function openError(path: string, error: unknown): StoreError {
  const holder = holderOf(path);
  if (holder === undefined) {
    const text = error instanceof Error ? error.message : "unknown error";
    return new StoreError("store.open_failed", `the embedded ClickHouse does not open: ${text}`);
  }
  return new StoreError(
    "store.locked",
    `${path} is held by process ${holder}; stop it, use another data folder, or run all roles in one` +
      " process (`deskwatch up`)",
  );
}

/** Whether another process has the embedded engine of this data folder open. */
export const isEmbeddedHeld = (dataDir: string): boolean =>
  holderOf(embeddedFolderOf(dataDir)) !== undefined;

const embeddedFolderOf = (dataDir: string): string => join(resolve(dataDir), "clickhouse");

/** The file stays behind after a kill, so it counts only while its process lives. */
function holderOf(path: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)$/m.exec(readFileSync(join(path, "status"), "utf8"))?.[1]);
    if (pid === process.pid) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
