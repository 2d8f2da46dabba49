/**
 * ClickHouse's HTTP dialect over the embedded engine, as far as the stock client uses it: so that the path to
 * a server is exercised where no server can be had, and several processes can share one engine.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { createChdbConnection } from "chdb/connection";

export interface ClickhouseFront {
  readonly url: string;
  /** Statements received, newest last, without their data. */
  readonly statements: readonly ReceivedStatement[];
  readonly close: () => Promise<void>;
}

export interface ReceivedStatement {
  readonly queryId: string;
  readonly database: string;
  readonly text: string;
}

const statementsMax = 10_000;
/** ClickHouse's own default of the longest address; parameters of a query travel in it. */
const addressBytesMax = 1_048_576;

/** `port` 0 picks a free one. */
export async function startClickhouseFront(dataDir: string, port = 0): Promise<ClickhouseFront> {
  const connection = createChdbConnection({ path: join(dataDir, "clickhouse") });
  let last: Promise<unknown> = Promise.resolve();
  /** The database belongs to the connection, so it is named and used without another statement between. */
  const inTurn = <Value>(run: () => Promise<Value>): Promise<Value> => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
  const statements: ReceivedStatement[] = [];
  const server = createServer({ maxHeaderSize: addressBytesMax }, (request, response) => {
    answer(request, response).catch((error: unknown) => refuse(response, error));
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://front");
    const body = await bodyOf(request);
    if (url.pathname === "/ping") {
      response.end("Ok.\n");
      return;
    }
    const query = url.searchParams.get("query");
    const text = query === null ? body : `${query}\n${body}`;
    const database = url.searchParams.get("database") ?? "default";
    const queryId = url.searchParams.get("query_id") ?? "";
    statements.push({ queryId, database, text: text.slice(0, 200) });
    if (statements.length > statementsMax) statements.shift();
    const params = paramsOf(url, text);
    const result = await inTurn(async () => {
      await connection.command({ query: `USE ${database}` });
      return connection.query({ query: text, query_params: params });
    });
    response.writeHead(200, { "x-clickhouse-query-id": queryId });
    result.stream.pipe(response);
  };
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  const opened = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${opened}`,
    statements,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await connection.close();
    },
  };
}

/** Texts travel escaped as in TSV, lists as literals; the engine's own binding escapes texts itself. */
function paramsOf(url: URL, text: string): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const [key, value] of url.searchParams) {
    if (!key.startsWith("param_")) continue;
    const name = key.slice("param_".length);
    const isText = new RegExp(`\\{\\s*${name}\\s*:\\s*(Nullable\\()?String`).test(text);
    params[name] = isText ? unescaped(value) : value;
  }
  return params;
}

const escapes: Readonly<Record<string, string>> = {
  t: "\t",
  n: "\n",
  r: "\r",
  b: "\b",
  f: "\f",
  "0": "\0",
};

const unescaped = (value: string): string | null =>
  value === "\\N"
    ? null
    : value.replace(/\\(.)/gs, (_whole, letter: string) => escapes[letter] ?? letter);

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** Errors look as a server's: the exception's text, its code in a header. */
function refuse(response: ServerResponse, error: unknown): void {
  const {
    code = "1002",
    type = "UNKNOWN_EXCEPTION",
    message = "",
  } = error as Record<string, string>;
  const body = `Code: ${code}. DB::Exception: ${message}. (${type}) (version 26.7.2.1)\n`;
  if (!response.headersSent) response.writeHead(500, { "x-clickhouse-exception-code": code });
  response.end(body);
}
