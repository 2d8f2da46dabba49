/** Ranges of several partitions that are stored by the same INSERTs. */
import fc from "fast-check";
import type { Insertion, Store } from "../../ingest/clickhouse/client.ts";
import {
  type AuditStore,
  exactTables,
  type RangeContent,
} from "../../ingest/pipeline/audit-store.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { auditStoreOf, cutOff, mixture, rangeOf, recordsOf, soon } from "../helpers/audit-store.ts";
import { notaryOf, verify } from "../helpers/ledger.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(300_000);

const sources = ["kafka:a", "kafka:b", "kafka:c"];

/** The mixture with ids of its own, whose people are those of every other. */
const valuesOf = (name: string) =>
  mixture.map((value, at) =>
    typeof value === "object" && value !== null ? { ...value, event_id: `${name}-${at}` } : value,
  );

interface Piece {
  readonly source: string;
  readonly start: number;
  readonly length: number;
}

async function contentsOf(
  audit: AuditStore,
  pieces: readonly Piece[],
): Promise<readonly RangeContent[]> {
  const contents: RangeContent[] = [];
  for (const { source, start, length } of pieces) {
    const values = valuesOf(`${source}-${start}`).slice(0, length);
    const records = recordsOf(source, start, values);
    const outcomes = await audit.decide(records);
    contents.push({ range: rangeOf(records), outcomes, deadline: soon() });
  }
  return contents;
}

const whole = sources.map((source) => ({ source, start: 0, length: mixture.length }));

/** How often each record has its outcome, and each event its row. */
async function rowsPerPlace({ reader }: Store): Promise<readonly number[]> {
  const counts = new Set<number>();
  for (const table of exactTables.filter((name) => name !== "exposures")) {
    const rows = await reader.query(
      `SELECT DISTINCT count() AS rows FROM ${table} GROUP BY source, partition, offset`,
      {},
    );
    for (const row of rows) counts.add((row as { readonly rows: number }).rows);
  }
  return [...counts];
}

async function expectWhole(store: Store, offsets: number): Promise<void> {
  await notaryOf(store).round();
  expect(await verify(store)).toMatchObject({ discrepancies: [], offsets });
  expect(await rowsPerPlace(store)).toEqual([1]);
}

/** What is sent to store the pieces together. */
async function insertsOf(store: Store, pieces: readonly Piece[]): Promise<readonly Insertion[]> {
  const inserted: Insertion[] = [];
  const insert = (insertion: Insertion): Promise<void> => {
    if (insertion.lines !== "") inserted.push(insertion);
    return store.writer.insert(insertion);
  };
  const audit = auditStoreOf({ ...store, writer: { ...store.writer, insert } });
  await audit.insertRanges(await contentsOf(audit, pieces));
  return inserted;
}

interface Group {
  /** Which sources have a range in it. */
  readonly isIn: readonly boolean[];
  readonly length: number;
}

/** Returns how many offsets there are in the end. */
async function insertGroups(store: Store, groups: readonly Group[]): Promise<number> {
  const audit = auditStoreOf(store);
  const ends = new Map<string, number>();
  for (const { isIn, length } of groups) {
    const pieces = sources
      .filter((_, at) => isIn[at] === true)
      .map((source) => ({ source, start: ends.get(source) ?? 0, length }));
    await audit.insertRanges(await contentsOf(audit, pieces));
    for (const { source, start } of pieces) ends.set(source, start + length);
  }
  return [...ends.values()].reduce((sum, end) => sum + end, 0);
}

describe("ranges of several partitions, stored together", () => {
  it("take as many INSERTs as one range does, and a link each", async () => {
    const alone = await withStore((store) => insertsOf(store, whole.slice(0, 1)));
    await withStore(async (store) => {
      const together = await insertsOf(store, whole);
      expect(together.map(({ table }) => table)).toEqual(alone.map(({ table }) => table));
      const links = together.find(({ table }) => table === "ledger")?.lines.split("\n");
      expect(links).toHaveLength(sources.length);
      await expectWhole(store, sources.length * mixture.length);
    });
  });

  it("leave what they would leave one by one, in whatever groups they come", async () => {
    const steps = fc.array(
      fc.record({
        isIn: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
        length: fc.integer({ min: 1, max: mixture.length }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (groups) => {
        await withStore(async (store) => {
          const offsets = await insertGroups(store, groups);
          if (offsets > 0) await expectWhole(store, offsets);
        });
      }),
      { numRuns: 12 },
    );
  });

  it.each([...exactTables, "ledger"])(
    "cut off before %s, are completed one by one, nothing doubled",
    async (table) => {
      await withStore(async (store) => {
        const audit = auditStoreOf(cutOff(store, table));
        await expect(audit.insertRanges(await contentsOf(audit, whole))).rejects.toThrow("cut off");

        const restarted = auditStoreOf(store);
        await restarted.warm();
        for (const { range, outcomes, deadline } of await contentsOf(restarted, whole)) {
          const missing = await restarted.missing(range, outcomes);
          expect(missing.extent).not.toBe("none");
          await restarted.insertMissing(range, outcomes, missing, deadline);
          expect((await restarted.missing(range, outcomes)).extent).toBe("none");
        }
        await expectWhole(store, sources.length * mixture.length);
      });
    },
  );

  it("are refused, all of them, once the deadline of one is over", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const contents = await contentsOf(audit, whole);
      const late = contents.map((content, at) =>
        at === 1 ? { ...content, deadline: epochMs(systemClock.now() - 1) } : content,
      );
      await expect(audit.insertRanges(late)).rejects.toMatchObject({
        code: "clickhouse.constraint",
      });
      for (const { range, outcomes } of contents) {
        expect((await audit.missing(range, outcomes)).extent).toBe("all");
      }
    });
  });
});
