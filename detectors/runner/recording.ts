/**
 * Records inputs while they are this process's to score, and never after.
 *
 * Who stood still for long does not know whether another has taken over. So each recording has a deadline, the end
 * of the time in which nobody else can have, which the store holds it to; and who takes over waits for that end
 * before it reads the order a last time.
 */
import { setTimeout as wait } from "node:timers/promises";
import { StoreError } from "../../ingest/clickhouse/store-error.ts";
import type { Lease } from "../../ingest/notary/lease.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { type EpochMs, epochMs } from "../../ingest/vocabulary/brand.ts";
import type { EngineJournal, RecordedInput } from "./engine-journal.ts";

/** Longest time from the beginning of a recording to its deadline. Milliseconds. */
const recordMsMax = 30_000;
/** How long a recording waits for a join to end, and is tried again when it came too late. Milliseconds. */
const heldMsMax = 60_000;
const askEveryMs = 50;

/** The process does not own the order any more, or for too long did not know. */
export class RecordingError extends Error {
  readonly code = "detect.not_owner";
}

export interface RecordingDeps {
  readonly journal: Pick<EngineJournal, "recordInputs">;
  readonly lease: Lease;
  readonly clock: Clock;
}

/** Throws `detect.not_owner`. */
export async function recordWhileHeld(
  { journal, lease, clock }: RecordingDeps,
  inputs: readonly RecordedInput[],
): Promise<void> {
  const giveUpAt = clock.now() + heldMsMax;
  while (clock.now() <= giveUpAt) {
    const now = clock.now();
    const until = lease.held()?.until ?? now;
    const deadline = epochMs(Math.min(until, now + recordMsMax));
    if (until > now && (await isRecorded(journal.recordInputs(inputs, { now, deadline })))) return;
    await wait(askEveryMs);
  }
  throw new RecordingError("detection does not own the topics any more");
}

/** false: it came too late, and nothing of it is there. */
async function isRecorded(recording: Promise<void>): Promise<boolean> {
  try {
    await recording;
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === "clickhouse.constraint") return false;
    throw error;
  }
}

/** When no recording of a former owner can come any more; `undefined`: not known while a join is under way. */
export function landedAt({ held, handOverMs }: Lease): EpochMs | undefined {
  const now = held();
  return now && epochMs(now.since + handOverMs);
}
