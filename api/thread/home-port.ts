/** Both ends of what the API asks of the rest of the process from its own thread. */
import type { RequestMetrics } from "../request-observer.ts";
import type { Home } from "../service-app.ts";
import {
  type Answer,
  errorOf,
  type FromThread,
  failureFrom,
  type Question,
  type ToThread,
} from "./messages.ts";

interface Port {
  readonly postMessage: (message: FromThread) => void;
}

export interface HomePort extends Home {
  /** To be told of every answer. */
  readonly answered: (message: Extract<ToThread, { kind: "answered" }>) => void;
}

/** The thread's end. Questions that wait are as many as the requests that ask them (`room.ts`) and the probes that wait. */
export function createHomePort(port: Port): HomePort {
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  const ask = (question: Question): Promise<Answer> =>
    new Promise((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      port.postMessage({ kind: "asked", id: asked, question });
    });
  return {
    render: async (format) => {
      const answer = await ask({ kind: "render", format });
      if (answer.kind === "render") return answer.text;
      throw failureIn(answer);
    },
    liveness: async () => {
      const answer = await ask({ kind: "liveness" });
      if (answer.kind !== "liveness") throw failureIn(answer);
    },
    readiness: async () => {
      const answer = await ask({ kind: "readiness" });
      if (answer.kind === "readiness") return answer.checks;
      throw failureIn(answer);
    },
    verify: async () => {
      const answer = await ask({ kind: "verify" });
      if (answer.kind === "verify") return answer.verification;
      throw failureIn(answer);
    },
    answered: ({ id, answer }) => {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    },
  };
}

const failureIn = (answer: Answer): Error =>
  answer.kind === "failed"
    ? errorOf(answer.failure)
    : new TypeError(`an answer of kind ${answer.kind} was not asked for`);

/** The other end. */
export async function answerTo(home: Home, question: Question): Promise<Answer> {
  try {
    switch (question.kind) {
      case "render":
        return { kind: "render", text: await home.render(question.format) };
      case "liveness":
        await home.liveness();
        return { kind: "liveness" };
      case "readiness":
        return { kind: "readiness", checks: await home.readiness() };
      case "verify":
        return { kind: "verify", verification: await home.verify() };
    }
  } catch (error) {
    return { kind: "failed", failure: failureFrom(error) };
  }
}

/** Counts where the whole process is counted. */
export const forwardedMetrics = (port: Port): RequestMetrics => ({
  count: (...metric) => port.postMessage({ kind: "counted", metric }),
  observe: (...metric) => port.postMessage({ kind: "observed", metric }),
});
