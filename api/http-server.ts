/** An application on a socket, and an end of it that lets running requests finish. */

import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Requests that still run this long after the stop are cut off. Milliseconds. */
const drainMsMax = 5_000;
/** A request whose head or body does not arrive within this time is closed. Milliseconds. */
const requestMsMax = 30_000;

export interface HttpServer {
  /** `http://host:port`, with the port that was given out when 0 was asked for. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** By what the user has named the address. */
export interface AddressSettings {
  readonly host: string;
  readonly port: string;
}

const configured: AddressSettings = { host: "DESKWATCH_HOST", port: "DESKWATCH_PORT" };

/** An address that cannot be listened on. The message names the setting and what is in the way. */
export class ListenError extends Error {
  readonly code = "config.listen";
}

/** Rejects with `ListenError`. */
export async function startHttpServer(
  application: RequestListener,
  { host, port }: Address,
  settings = configured,
): Promise<HttpServer> {
  const server = createServer({ requestTimeout: requestMsMax }, application);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new ListenError(problemOf(cause, { host, port }, settings), { cause }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const taken = isNetworkAddress(address) ? address.port : port;
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${shown}:${taken}`,
    stop: () =>
      new Promise((resolve) => {
        const cutOff = setTimeout(() => server.closeAllConnections(), drainMsMax);
        server.close(() => {
          clearTimeout(cutOff);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function problemOf(error: Error, { host, port }: Address, settings: AddressSettings): string {
  const code = "code" in error ? String(error.code) : "unknown";
  switch (code) {
    case "EADDRINUSE":
      return `${settings.port}: port ${port} of ${host} is in use by another process; expected a free one`;
    case "EACCES":
      return `${settings.port}: this user may not listen on port ${port}; expected one from 1024 on`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${settings.host}: ${host} is no address of this machine; expected one, such as 127.0.0.1`;
    default:
      return `${settings.port}: ${host} and port ${port} cannot be listened on (${code}); expected an address that can`;
  }
}

const isNetworkAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === "object" && address !== null;
