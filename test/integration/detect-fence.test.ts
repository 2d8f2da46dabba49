/** The recorded order of detection has one writer, also while a former one goes on. */

import { createEngineJournal, type RecordedInput } from "../../detectors/runner/engine-journal.ts";
import { recordWhileHeld } from "../../detectors/runner/recording.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import type { Held, Lease } from "../../ingest/notary/lease.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { withStore } from "../helpers/store.ts";

const input = (sequence: number): RecordedInput => ({
  sequence,
  source: "kafka:a",
  partition: 0,
  start: sequence * 10,
  end: sequence * 10 + 10,
  origin: "live",
});
const journalOf = (store: Store) => createEngineJournal(store, 1);
const within = (ms: number): Held => ({
  since: epochMs(0),
  until: epochMs(systemClock.now() + ms),
});
const leaseOf = (held: Lease["held"]): Lease => ({ held, handOverMs: 0 });

describe("the recorded order of detection", () => {
  it("takes nothing whose deadline is over", async () => {
    await withStore(async (store) => {
      const journal = journalOf(store);
      const now = systemClock.now();
      const late = journal.recordInputs([input(1)], { now, deadline: epochMs(now - 1_000) });
      await expect(late).rejects.toMatchObject({ code: "clickhouse.constraint" });
      await journal.recordInputs([input(2)], { now, deadline: epochMs(now + 10_000) });
      expect(await journal.inputsAfter(0, 10)).toEqual([input(2)]);
    });
  });

  it("is written by who holds the topics, after a wait for a join to end", async () => {
    await withStore(async (store) => {
      const journal = journalOf(store);
      let asked = 0;
      const lease = leaseOf(() => {
        asked += 1;
        return asked < 3 ? undefined : within(10_000);
      });
      await recordWhileHeld({ journal, lease, clock: systemClock }, [input(1)]);
      expect(asked).toBe(3);
      expect(await journal.inputsAfter(0, 10)).toEqual([input(1)]);
    });
  });

  it("is tried again when it came too late and the topics are still held", async () => {
    await withStore(async (store) => {
      const real = journalOf(store);
      const deadlines: number[] = [];
      const slow = {
        ...real,
        recordInputs: async (
          inputs: readonly RecordedInput[],
          when: { now: number; deadline: number },
        ) => {
          deadlines.push(when.deadline);
          const deadline = deadlines.length === 1 ? when.now - 1_000 : when.deadline;
          await real.recordInputs(inputs, { now: epochMs(when.now), deadline: epochMs(deadline) });
        },
      };
      const lease = leaseOf(() => within(10_000));
      await recordWhileHeld({ journal: slow, lease, clock: systemClock }, [input(1)]);
      expect(deadlines).toHaveLength(2);
      expect(await real.inputsAfter(0, 10)).toEqual([input(1)]);
    });
  });

  it("is given up by who does not hold the topics any more", async () => {
    await withStore(async (store) => {
      const journal = journalOf(store);
      let now = systemClock.now();
      const clock = {
        now: () => {
          now = epochMs(now + 10_000);
          return now;
        },
      };
      const lease = leaseOf(() => ({ since: epochMs(0), until: epochMs(0) }));
      const recording = recordWhileHeld({ journal, lease, clock }, [input(1)]);
      await expect(recording).rejects.toMatchObject({ code: "detect.not_owner" });
      expect(await journal.inputsAfter(0, 10)).toEqual([]);
    });
  });
});
