/** One HTTP call to a sink. */
import { type Dispatcher, request } from "undici";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { type CallResult, readAnswer } from "./pagerduty.ts";

/** Short enough that a stopping process can wait for the call that runs. */
const callMsMax = 5_000;
const answerBytesMax = 64 * 1024;

/** Never rejects: a network error is an answer too. */
export type Call = (body: string) => Promise<CallResult>;

interface CallerDeps {
  readonly url: string;
  readonly clock: Clock;
  /** Where the connections come from; undici's own pool when absent. */
  readonly dispatcher?: Dispatcher;
}

export function createCaller({ url, clock, dispatcher }: CallerDeps): Call {
  return async (body) => {
    try {
      const answer = await request(url, {
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": "deskwatch" },
        body,
        signal: AbortSignal.timeout(callMsMax),
        ...(dispatcher === undefined ? {} : { dispatcher }),
      });
      await answer.body.dump({ limit: answerBytesMax });
      const retryAfter = answer.headers["retry-after"];
      return readAnswer(answer.statusCode, [retryAfter].flat()[0], clock.now());
    } catch {
      // Whether the sink has taken the event is unknown; its dedup_key makes a second call harmless.
      return { kind: "retry", detail: "network", retryAfterMs: 0 };
    }
  };
}
