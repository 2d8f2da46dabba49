/**
 * kafkajs 2.2.4 re-arms its throttle timer for ever: without throttling the delay is negative, which Node
 * takes for one millisecond, so every idle connection wakes a thousand times a second. The timer is needed
 * only while requests wait, so that is when it is armed here.
 */
import { createRequire } from "node:module";
import { join } from "node:path";

interface RequestQueue {
  readonly pending: readonly unknown[];
}

interface RequestQueueClass {
  readonly prototype: { scheduleCheckPendingRequests: (this: RequestQueue) => void };
}

let isPatched = false;

/** Patches the class once per process. */
export function stopIdleTimerSpin(): void {
  if (isPatched) return;
  isPatched = true;
  const load = createRequire(join(import.meta.dirname, "request-queue-patch.js"));
  const { prototype }: RequestQueueClass = load("kafkajs/src/network/requestQueue");
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleWhenPending(): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
