/**
 * ClickHouse behind one small interface: the embedded engine when no URL is given, a server otherwise.
 *
 * What has to hold on both: settings stand inline in the SQL (on an embedded connection a setting passed
 * beside the query would stay for the next statement), every query and insert has a time limit, data travels
 * as text formats. The embedded engine runs one statement per connection at a time, so writing has a
 * connection of its own, what is written beside the trail two more, and reading has several.
 *
 * Only one process may hold an embedded folder, and one process can hold only one at a time.
 */
import type { ClickHouseClient } from "@clickhouse/client";
import { bindLiterals } from "./bind-literals.ts";
import type { QueryParams, Reader } from "./define-query.ts";
import { embeddedClients, type StoreOptions, serverClients } from "./open-clients.ts";
import { rowLines } from "./row-lines.ts";
import { StoreError, storeErrorOf } from "./store-error.ts";

export type { Reader } from "./define-query.ts";

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
  /** For what may take long and others need not wait for. */
  readonly bulkWriter: Writer;
  readonly reader: Reader;
  readonly database: string;
  readonly embedded: boolean;
  /** Waits for running statements, then lets go of the folder or the sockets. Later calls do nothing. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the store and creates its database if needed. Throws `StoreError`: `store.locked` when another
 * process holds the folder, `clickhouse.unreachable`, `clickhouse.denied`.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const embedded = options.clickhouseUrl === "";
  const clients = await (embedded ? embeddedClients(options) : serverClients(options));
  const [writing, aside = writing, bulk = writing, ...reading] = clients;
  if (writing === undefined || aside === undefined || bulk === undefined)
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
    bulkWriter: createWriter(bulk, run, limits),
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

/** The statements of one client. */
interface Lane {
  /** Statements that run or wait. */
  readonly busy: () => number;
  readonly send: <Value>(statement: (client: ClickHouseClient) => Promise<Value>) => Promise<Value>;
}

/**
 * A connection of the embedded engine runs one statement at a time, and each that waits for it would hold a thread of
 * the process's pool: a burst of questions would hold up ingest. So they wait here, in the order in which they came: as
 * many as the API lets in at once, and what the process itself asks one after another.
 */
function createLane(client: ClickHouseClient, { embedded }: Limits): Lane {
  let last: Promise<unknown> = Promise.resolve();
  let busy = 0;
  return {
    busy: () => busy,
    send: async (statement) => {
      busy += 1;
      const sent = embedded ? last.then(() => statement(client)) : statement(client);
      last = sent.catch(() => undefined);
      try {
        return await sent;
      } finally {
        busy -= 1;
      }
    },
  };
}

function createReader(clients: readonly ClickHouseClient[], run: Run, limits: Limits): Reader {
  const [first, ...others] = clients.map((client) => createLane(client, limits));
  if (first === undefined) throw new StoreError("store.open_failed", "no connection");
  const leastBusy = () =>
    others.reduce((least, next) => (next.busy() < least.busy() ? next : least), first);
  return {
    query: (sql, params) => {
      const statement = boundTo(limits, withSettings(sql, limitClause(limits)), params);
      return run(
        async () => leastBusy().send((client) => rowsOf(client, statement())),
        hasValues(limits, params),
      );
    },
  };
}

const withSettings = (sql: string, clause: string): string => `${sql}\nSETTINGS ${clause}`;

interface Statement {
  readonly query: string;
  readonly query_params?: Record<string, unknown>;
}

const boundTo =
  ({ embedded }: Limits, query: string, params: QueryParams) =>
  (): Statement =>
    embedded ? { query: bindLiterals(query, params) } : { query, query_params: { ...params } };

/** Whether the statement's text has values in it, which the engine's message may quote. */
const hasValues = ({ embedded }: Limits, params: QueryParams): boolean =>
  embedded && Object.keys(params).length > 0;

async function rowsOf(client: ClickHouseClient, statement: Statement) {
  const result = await client.query({ ...statement, format: "JSONEachRow" });
  return result.json<unknown>();
}

function createWriter(client: ClickHouseClient, run: Run, limits: Limits): Writer {
  const limit = limitClause(limits);
  const lane = createLane(client, limits);
  const command = (statement: Parameters<ClickHouseClient["command"]>[0], hasData: boolean) =>
    run(async () => {
      await lane.send((open) => open.command(statement));
    }, hasData);
  const send = (head: string, body: string, ids: Pick<Insertion, "queryId" | "token">) => {
    const query = `${head} SETTINGS ${limit}, ${deduplication(ids.token)} FORMAT ${body}`;
    return command({ query, ...(ids.queryId !== undefined && { query_id: ids.queryId }) }, true);
  };
  return {
    query: (sql, params) => {
      const statement = boundTo(limits, withSettings(sql, limit), params);
      return run(
        async () => lane.send((open) => rowsOf(open, statement())),
        hasValues(limits, params),
      );
    },
    command: async (sql, params = {}) => {
      const statement = boundTo(limits, sql, params);
      await run(() => lane.send((open) => open.command(statement())), hasValues(limits, params));
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
    settle: (fragment) => {
      // Embedded, the connection runs one statement at a time: an answer means the former has ended.
      if (limits.embedded) return command({ query: "SELECT 1" }, false);
      const query = "KILL QUERY WHERE position(query_id, {fragment:String}) > 0 SYNC";
      return command({ query, query_params: { fragment } }, false);
    },
  };
}

/** Without a token the database would compare contents, and drop rows that are meant to be equal. */
const deduplication = (token: string | undefined): string =>
  token === undefined
    ? "insert_deduplicate = 0"
    : `insert_deduplication_token = '${token.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= action();
    return done;
  };
}
