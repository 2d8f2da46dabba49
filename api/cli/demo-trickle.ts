/** The demo's desk going on after its month, in real time. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openLineWriter } from "../../ingest/files/line-writer.ts";
import { errorFields } from "../../ingest/runtime/log.ts";
import type { Desk } from "../../ingest/simulator/desk.ts";
import { liveTrickle } from "../../ingest/simulator/simulation.ts";
import { type FileSource, scoreStored } from "../file-source.ts";

/** Customers' sign-ins on top of the desk's own events, so that something always moves. */
const signInsPerSecond = 0.5;
const writeEveryMs = 1_000;

/** Begins at once and ends with the context. A failure is logged and ends the trickle only. */
export async function startTrickle(source: FileSource, desk: Desk): Promise<void> {
  const { context, auditStore, store } = source;
  const { config, clock, lifecycle, log } = context;
  const writer = await openLineWriter({
    source: "demo:live",
    spool: join(config.dataDir, "live.ndjson"),
    auditStore,
    store,
    clock,
    recordBytesMax: config.recordBytesMax,
    onStored: scoreStored(source),
  });
  const stopping = new AbortController();
  const events = liveTrickle({ desk, after: clock.now(), signInsPerSecond });
  let next = events.next();
  const writeDue = async (): Promise<void> => {
    const lines: string[] = [];
    while (next.done !== true && next.value.at <= clock.now()) {
      lines.push(JSON.stringify(next.value.event));
      next = events.next();
    }
    await writer.write(lines);
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await writeDue();
      await sleep(writeEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = run().catch((error: unknown) => log.error(errorFields(error), "trickle ended"));
  lifecycle.onStop("trickle", () => {
    stopping.abort();
    return running;
  });
}
