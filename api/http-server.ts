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

/** Rejects with `EADDRINUSE` and the like when the address cannot be had. */
export async function startHttpServer(
  application: RequestListener,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createServer({ requestTimeout: requestMsMax }, application);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
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

const isNetworkAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === "object" && address !== null;
