/** What is asked through the API stands in the recorded order: detection that is cut off anywhere has watched it once. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { findLearning } from "../../detectors/store/learning-store.ts";
import { createReadRecorder, readsWaitingMax } from "../../detectors/store/read-recorder.ts";
import type { Read } from "../../detectors/store/read-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { type Living, withLife } from "../helpers/detection-life.ts";
import { statementsOf } from "../helpers/ledger.ts";
import { aboutSubject, readersWeeks } from "../helpers/readers.ts";
import { foundIn } from "../helpers/retention.ts";
import { withFolder } from "../helpers/store.ts";

jest.setTimeout(300_000);

const dayMs = 86_400_000;
/** Within the time that detection looks back when it starts. */
const start = Math.floor(systemClock.now() / dayMs) * dayMs - 24 * dayMs;
const weeks = readersWeeks({ seed: "recorded", readers: 6, days: 21, start });
const misuse = Array.from({ length: 200 }, (_, n) =>
  aboutSubject({ id: `stolen-${n}`, at: start + 22.5 * dayMs + n * 20_000, by: "1" }, 900_000 + n),
);

/** As the API does: many at once, each resolved when it is part of the ledger. */
async function record(store: Store, reads: readonly Read[]): Promise<void> {
  const recordRead = createReadRecorder(statementsOf(store));
  for (let n = 0; n < reads.length; n += readsWaitingMax) {
    await Promise.all(reads.slice(n, n + readsWaitingMax).map(recordRead));
  }
}

const live = (
  folder: string,
  name: string,
  work: (living: Living) => Promise<void>,
  end: "orderly" | "cut off" = "cut off",
): Promise<void> => {
  const listsPath = join(folder, "lists");
  writeFileSync(listsPath, "{}");
  return withLife(
    { dataDir: join(folder, name), listsPath, hasStatements: true },
    async (living) => {
      await work(living);
      return end;
    },
  );
};

const alertRow = z.object({
  alert_id: z.string(),
  agent_ids: z.array(z.string()),
  body: z.string(),
});

async function alertsIn({ store, detection }: Living) {
  await detection.drain();
  const query = "SELECT alert_id, agent_ids, body FROM alerts FINAL ORDER BY alert_id";
  return z.array(alertRow).parse(await store.reader.query(query, {}));
}

const half = Math.floor(weeks.length / 2);

describe("reads in detection", () => {
  it("raise the same alert, and are recorded once each, wherever it is cut off", async () => {
    await withFolder(async (folder) => {
      let expected: readonly unknown[] = [];
      await live(folder, "undisturbed", async (living) => {
        await record(living.store, [...weeks, ...misuse]);
        await living.detection.takeStatements();
        expected = await alertsIn(living);
      });
      expect(expected).toContainEqual(expect.objectContaining({ agent_ids: ["key:1"] }));

      await live(folder, "disturbed", async ({ store, detection }) => {
        await record(store, weeks.slice(0, half));
        await detection.takeStatements();
        await detection.drain();
        await record(store, weeks.slice(half));
      });
      await live(
        folder,
        "disturbed",
        async ({ store, detection }) => {
          await detection.takeStatements();
          await record(store, misuse.slice(0, 90));
          await detection.takeStatements();
          await detection.takeStatements();
        },
        "orderly",
      );
      await live(folder, "disturbed", async (living) => {
        const known = await findLearning(living.store.reader, "key:1");
        expect(known?.detectors.map(({ detector }) => detector)).toEqual(["watcher"]);
        expect(known?.sessions).toBeGreaterThan(10);
        await record(living.store, misuse.slice(90));
        await living.detection.takeStatements();
        expect(await alertsIn(living)).toEqual(expected);
        const [recorded] = await living.store.reader.query(
          `SELECT sum(end_offset - first_offset) AS reads, uniqExact(partition) AS partitions
           FROM engine_inputs WHERE startsWith(source, 'service:')`,
          {},
        );
        expect(recorded).toEqual({ reads: weeks.length + misuse.length, partitions: 1 });
        expect(await foundIn(living.store)).toEqual([]);
      });
    });
  });

  it("count only as the service wrote them", async () => {
    await withFolder(async (folder) => {
      await live(folder, "forged", async ({ store, detection }) => {
        await record(store, weeks.slice(0, 3));
        await store.writer.command(`INSERT INTO reads
          SELECT * REPLACE ('key:9' AS principal, 'service:made-up' AS source,
            now64(3) + 10 AS deadline) FROM reads`);
        await detection.takeStatements();
        await detection.drain();
        expect(detection.endOf("service:made-up", 1)).toBeUndefined();
        const sources = "SELECT source FROM engine_inputs GROUP BY source";
        expect(await store.reader.query(sources, {})).toHaveLength(1);
      });
    });
  });
});
