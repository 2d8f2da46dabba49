/** What kafkajs 2.2.4 does wrong inside, where its own interface offers no way around. */
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import { join } from "node:path";
import kafkajs from "kafkajs";

interface Request {
  /** Epoch milliseconds. */
  readonly sentAt: number | null;
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  /** By correlation id. */
  readonly inflight: ReadonlyMap<number, Request>;
  readonly rejectAll: (error: Error) => void;
}

interface Connection {
  readonly requestQueue: RequestQueue;
  readonly isConnected: () => boolean;
  readonly disconnect: () => Promise<unknown>;
  readonly socket?: Socket;
  /** Of an answer that has not arrived whole. */
  chunks: Buffer[];
  bytesBuffered: number;
  /** Of the answer, or at first of the number that says how long it is. */
  bytesNeeded: number;
}

interface Patched<Instance, Method extends string, Arguments extends unknown[] = []> {
  readonly prototype: Record<Method, (this: Instance, ...given: Arguments) => unknown>;
}

let isPatched = false;

/** Patches the classes once per process. */
export function patchKafkajs(): void {
  if (isPatched) return;
  isPatched = true;
  const load = createRequire(join(import.meta.dirname, "kafkajs-patches.js"));
  stopIdleTimerSpin(load("kafkajs/src/network/requestQueue"));
  const connection = load("kafkajs/src/network/connection");
  forgetCutAnswers(connection);
  leaveSilentConnections(connection);
}

/**
 * It re-arms its throttle timer for ever: without throttling the delay is negative, which Node takes for one
 * millisecond, so every idle connection wakes a thousand times a second. The timer is needed only while requests wait,
 * so that is when it is armed here.
 */
function stopIdleTimerSpin({
  prototype,
}: Patched<RequestQueue, "scheduleCheckPendingRequests">): void {
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleWhenPending(): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}

const lengthBytes = 4;

/**
 * A connection that was cut within an answer keeps what it had of it, and takes what comes after the next connect for
 * the rest: nothing is understood any more, and each request times out. So a connect begins with
 * nothing, as long as no request still waits for the old socket's answer.
 */
function forgetCutAnswers({ prototype }: Patched<Connection, "connect">): void {
  const connect = prototype.connect;
  prototype.connect = function connectAnew(): unknown {
    if (!this.isConnected() && this.requestQueue.inflight.size === 0) {
      this.socket?.destroy();
      this.chunks = [];
      this.bytesBuffered = 0;
      this.bytesNeeded = lengthBytes;
    }
    return connect.call(this);
  };
}

/**
 * A connection that has died without a word (the machine behind it is gone, a firewall has forgotten it) is used on and
 * on: a request times out and the next one goes the same way. So a request that times out ends its connection, and the
 * next one opens another. Not while an older request still has time: the broker answers one after the other, and a join
 * may hold up whatever comes behind it.
 */
function leaveSilentConnections({ prototype }: Patched<Connection, "send", [unknown]>): void {
  const send = prototype.send;
  prototype.send = async function sendOrLeave(request): Promise<unknown> {
    const { socket } = this;
    try {
      return await send.call(this, request);
    } catch (error) {
      if (isSilence(error, this.requestQueue) && socket === this.socket) {
        this.requestQueue.rejectAll(error);
        socket?.destroy();
        await this.disconnect();
      }
      throw error;
    }
  };
}

interface TimedOut extends Error, Request {}

const isTimedOut = (error: unknown): error is TimedOut =>
  error instanceof kafkajs.KafkaJSRequestTimeoutError;

const isSilence = (error: unknown, { inflight }: RequestQueue): error is TimedOut =>
  isTimedOut(error) &&
  [...inflight.values()].every(({ sentAt }) => (sentAt ?? 0) > (error.sentAt ?? 0));
