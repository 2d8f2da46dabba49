/**
 * ClickHouse behind one small interface: the embedded engine when no URL is given, a server otherwise.
 *
 * What has to hold on both: settings stand inline in the SQL (on an embedded connection a setting passed
 * beside the query would stay for the next statement), every query and insert has a time limit, data travels
 * as text formats. The embedded engine runs one statement per connection at a time, so writing has a
 * connection of its own, what is written beside the trail another, and reading has several.
 *
 * Only one process may hold an embedded folder, and one process can hold only one at a time.
 */
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import type { QueryParams, Reader } from "./define-query.ts";
import { rowLines } from "./row-lines.ts";
import { StoreError, storeErrorOf } from "./store-error.ts";

export type { Reader } from "./define-query.ts";

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

export interface Insertion {
  readonly table: string;
  readonly columns: readonly string[];
  /** One JSON array per line, values in the order of `columns`. Empty: nothing is done. */
  readonly lines: string;
  /** Names the statement so that it can be stopped; on a server no two with one name run at a time. */
  readonly queryId?: string;
  /** Same token, same rows: stored once. Without a token nothing is compared. */
  readonly token?: string;
}

export interface Writer extends Reader {
  /** A statement without result: DDL, mutations. */
  readonly command: (sql: string, params?: QueryParams) => Promise<void>;
  readonly insert: (insertion: Insertion) => Promise<void>;
  /** Inserts plain objects whose keys are columns; for tables that are written rarely. */
  readonly insertRows: (table: string, rows: readonly object[]) => Promise<void>;
  /** Returns when no insert whose query id contains `fragment` runs any more; stops those that do. */
  readonly settle: (fragment: string) => Promise<void>;
}

export interface Store {
  readonly writer: Writer;
  /** For whatever neither waits for the audit trail nor holds it up; knows nothing of what `writer` still runs. */
  readonly asideWriter: Writer;
  readonly reader: Reader;
  readonly database: string;
  readonly embedded: boolean;
  /** Waits for running statements, then lets go of the folder or the sockets. Later calls do nothing. */
  readonly close: () => Promise<void>;
}

const embeddedWriters = 2;
/** Embedded connections that read: a slow query then blocks one of them, not all readers. */
const embeddedReaders = 3;

/**
 * Opens the store and creates its database if needed. Throws `StoreError`: `store.locked` when another
 * process holds the folder, `clickhouse.unreachable`, `clickhouse.denied`.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const embedded = options.clickhouseUrl === "";
  const clients = await (embedded ? embeddedClients(options) : serverClients(options));
  const [writing, aside = writing, ...reading] = clients;
  if (writing === undefined || aside === undefined)
    throw new StoreError("store.open_failed", "no connection");
  const pending = new Set<Promise<unknown>>();
  const run: Run = (operation, hasData) => {
    const running = operation().catch((error: unknown) => {
      throw storeErrorOf(error, hasData);
    });
    const settled = running.then(forget, forget);
    pending.add(settled);
    function forget(): void {
      pending.delete(settled);
    }
    return running;
  };
  const shut = once(async () => {
    while (pending.size > 0) await Promise.all(pending);
    await Promise.all(clients.map((client) => client.close()));
  });
  const limits = { msMax: options.queryMsMax, embedded };
  return {
    writer: createWriter(writing, run, limits),
    asideWriter: createWriter(aside, run, limits),
    reader: createReader(reading.length > 0 ? reading : clients, run, limits),
    database: options.clickhouseDatabase,
    embedded,
    close: shut,
  };
}

type Run = <Value>(operation: () => Promise<Value>, hasData: boolean) => Promise<Value>;

interface Limits {
  readonly msMax: number;
  readonly embedded: boolean;
}

const limitClause = (limits: Limits): string =>
  `max_execution_time = ${(limits.msMax / 1000).toFixed(3)}, output_format_json_quote_64bit_integers = 0`;

function createReader(clients: readonly ClickHouseClient[], run: Run, limits: Limits): Reader {
  const busy = new Map(clients.map((client) => [client, 0]));
  const leastBusy = () => [...busy].reduce((least, next) => (next[1] < least[1] ? next : least))[0];
  return {
    query: (sql, params) =>
      run(async () => {
        const client = leastBusy();
        busy.set(client, (busy.get(client) ?? 0) + 1);
        try {
          return await rowsOf(client, withSettings(sql, limitClause(limits)), params);
        } finally {
          busy.set(client, (busy.get(client) ?? 1) - 1);
        }
      }, false),
  };
}

const withSettings = (sql: string, clause: string): string => `${sql}\nSETTINGS ${clause}`;

async function rowsOf(client: ClickHouseClient, query: string, params: QueryParams) {
  const result = await client.query({ query, query_params: { ...params }, format: "JSONEachRow" });
  return result.json<unknown>();
}

function createWriter(client: ClickHouseClient, run: Run, limits: Limits): Writer {
  const limit = limitClause(limits);
  const send = (head: string, body: string, ids: Pick<Insertion, "queryId" | "token">) =>
    run(async () => {
      const query = `${head} SETTINGS ${limit}, ${deduplication(ids.token)} FORMAT ${body}`;
      await client.command({ query, ...(ids.queryId !== undefined && { query_id: ids.queryId }) });
    }, true);
  return {
    query: (sql, params) => run(() => rowsOf(client, withSettings(sql, limit), params), false),
    command: async (sql, params) => {
      await run(() => client.command({ query: sql, query_params: { ...params } }), false);
    },
    insert: async ({ table, columns, lines, ...ids }) => {
      if (lines === "") return;
      const head = `INSERT INTO ${table} (${columns.join(", ")})`;
      await send(head, `JSONCompactEachRow\n${lines}`, ids);
    },
    insertRows: async (table, rows) => {
      if (rows.length === 0) return;
      const lines = await rowLines(rows);
      await send(`INSERT INTO ${table}`, `JSONEachRow\n${lines}`, {});
    },
    settle: (fragment) =>
      run(async () => {
        // Embedded, the connection runs one statement at a time: an answer means the former has ended.
        const query = limits.embedded
          ? "SELECT 1"
          : "KILL QUERY WHERE position(query_id, {fragment:String}) > 0 SYNC";
        await client.command({ query, query_params: limits.embedded ? {} : { fragment } });
      }, false),
  };
}

/** Without a token the database would compare contents, and drop rows that are meant to be equal. */
const deduplication = (token: string | undefined): string =>
  token === undefined
    ? "insert_deduplicate = 0"
    : `insert_deduplication_token = '${token.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** The database is created through a client of its own: a request that names a missing one is refused. */
async function serverClients(options: StoreOptions): Promise<ClickHouseClient[]> {
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

/** Each connection is told its database once and keeps it. */
async function embeddedClients({
  dataDir,
  clickhouseDatabase,
}: StoreOptions): Promise<ClickHouseClient[]> {
  const path = embeddedFolderOf(dataDir);
  await mkdir(path, { recursive: true });
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
    }
    return clients;
  } catch (error) {
    await Promise.all(clients.map((client) => client.close()));
    throw openError(path, error);
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

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= action();
    return done;
  };
}
