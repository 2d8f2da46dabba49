/** How many requests are answered at a time: each may wait for the store, and what waits takes memory. */
import type { RequestHandler } from "express";
import { problem } from "./problem.ts";
import type { Send } from "./send.ts";

/** Far above what people and dashboards ask at once; their questions to the store wait in line (`client.ts`). */
export const requestsMax = 256;
/** A question that is answered at all is answered in about this time. Seconds. */
const retryAfterSeconds = 1;

/** Before a route: refuses with 503 while `requestsMax` others are being answered. */
export function createRoom(send: Send): RequestHandler {
  let answering = 0;
  return (request, response, next) => {
    if (answering >= requestsMax) {
      const headers = { "Retry-After": `${retryAfterSeconds}` };
      send(request, response, problem("overloaded", "Too many requests at once.", { headers }));
      return;
    }
    answering += 1;
    response.once("close", () => {
      answering -= 1;
    });
    next();
  };
}
