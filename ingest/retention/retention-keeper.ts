/** Retention as the service does it: a pass soon after the start and then every hour, where the lease is held. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RetentionConfig } from "../clickhouse/retention.ts";
import type { Lease } from "../notary/lease.ts";
import { errorFields } from "../runtime/log.ts";
import { keptTables } from "./kept-tables.ts";
import { type RetentionPassDeps, runRetention } from "./retention-pass.ts";

export interface RetentionKeeperDeps extends RetentionPassDeps {
  readonly config: RetentionConfig;
  /** Of the notary: one process at a time retires. */
  readonly lease: Lease;
}

export interface RetentionKeeper {
  readonly start: () => void;
  /** Ends the pass under way at its next slice. */
  readonly stop: () => Promise<void>;
}

const passEveryMs = 3_600_000;
/** How often the lease is asked for when a pass is due; the notary's first round comes before the first time. */
const askEveryMs = 5_000;

export function createRetentionKeeper(deps: RetentionKeeperDeps): RetentionKeeper {
  const { config, lease, clock, log, metrics } = deps;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  const isHeld = (): boolean => {
    const held = lease.held();
    return held !== undefined && clock.now() >= held.since + lease.handOverMs;
  };
  const mayGoOn = (): boolean => isHeld() && !stopping.signal.aborted;
  const pass = async (): Promise<void> => {
    try {
      const { refusedLinks } = await runRetention(deps, { config, principal: "service", mayGoOn });
      if (refusedLinks > 0) log.error({ refusedLinks }, "retention left altered ranges alone");
      if (mayGoOn()) {
        metrics.gauge("deskwatch_retention_passed_timestamp_seconds", {}, clock.now() / 1000);
      }
    } catch (error) {
      metrics.count("deskwatch_retention_errors_total", {}, 1);
      log.error(errorFields(error), "retention pass failed");
    }
  };
  const run = async (): Promise<void> => {
    let due = 0;
    while (!stopping.signal.aborted) {
      await sleep(askEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (clock.now() < due || !mayGoOn()) continue;
      await pass();
      due = clock.now() + passEveryMs;
    }
  };
  return {
    start: () => {
      // Counters that exist before they first count: an increase from nothing to 1 would never show.
      for (const { table } of keptTables) {
        metrics.count("deskwatch_retention_retired_rows_total", { table }, 0);
      }
      running ??= run();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
