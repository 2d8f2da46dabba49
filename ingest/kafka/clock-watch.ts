/**
 * Compares this process' clock with the store's. Deadlines keep late writes out only while the two agree within
 * `clockSkewMsMax`: with a clock behind every write is refused, with one ahead a successor would have to wait for a
 * deadline far in the future. A clock that is put back also stops the beats by which the group knows this member.
 */
import type { Reader } from "../clickhouse/define-query.ts";
import { storeTime } from "../clickhouse/store-time.ts";
import { type Clock, clockSkewMsMax } from "../runtime/clock.ts";
import { errorFields, type Log } from "../runtime/log.ts";
import { KafkaError } from "./kafka-error.ts";

export interface ClockWatchOptions {
  /** Without one nothing is compared. */
  readonly reader: Reader | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with `kafka.clock_off`. */
  readonly onOff: (error: KafkaError) => void;
}

export interface ClockWatch {
  /** Rejects with `kafka.clock_off`; also with `clickhouse.*`. */
  readonly check: () => Promise<void>;
  /** To be called often: notices a clock that was set, and looks from time to time in any case. Never throws. */
  readonly tick: () => void;
}

const checkEveryMs = 5_000;

export function createClockWatch({ reader, clock, log, onOff }: ClockWatchOptions): ClockWatch {
  let tickedAt = clock.now();
  let checkedAt = tickedAt;
  let isChecking = false;
  const check = async (): Promise<void> => {
    if (reader === undefined) return;
    const before = clock.now();
    const at = await storeTime(reader);
    const after = clock.now();
    // Set in between: the next look tells.
    if (after < before) return;
    const offMs = Math.max(before - at, at - after);
    if (offMs <= clockSkewMsMax) return;
    const text = `this machine's clock differs from the store's by at least ${offMs} ms; set it right`;
    throw new KafkaError(text, { code: "kafka.clock_off" });
  };
  const look = async (): Promise<void> => {
    try {
      await check();
    } catch (error) {
      if (error instanceof KafkaError) onOff(error);
      else log.warn(errorFields(error), "clock of the store not answered");
    } finally {
      isChecking = false;
    }
  };
  return {
    check,
    tick: () => {
      const now = clock.now();
      const isSet = Math.abs(now - tickedAt) > clockSkewMsMax;
      tickedAt = now;
      if (isChecking || (!isSet && now - checkedAt < checkEveryMs)) return;
      checkedAt = now;
      isChecking = true;
      void look();
    },
  };
}
