/** What analysts state reaches detection once and in the order of its chain, however much of it there is. */
import type { EngineInput } from "../../../../detectors/engine-input.ts";
import type { Segment } from "../../../../detectors/runner/runner.ts";
import { createStatementFeed } from "../../../../detectors/runner/statement-feed.ts";
import type { PlacedInput, StatementLog } from "../../../../detectors/store/statement-log.ts";
import { createLog } from "../../../../ingest/runtime/log.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";

interface Row extends PlacedInput {
  readonly isForged?: boolean;
}

const now = Date.UTC(2026, 2, 2);
const row = (source: string, offset: number, at: number): Row => ({
  ...{ source, offset, at },
  input: { kind: "verdict", alertId: `${source}/${offset}`, disposition: null },
});

const isBehind = (one: Row, after: Pick<Row, "at" | "source" | "offset">): boolean => {
  if (one.at !== after.at) return one.at > after.at;
  return one.source === after.source ? one.offset > after.offset : one.source > after.source;
};

/** A log over rows that a test goes on adding to, and a detection that remembers where each chain ends. */
function scene(settings: { readonly reachMs?: number; readonly lateMsMax?: number } = {}) {
  const rows: Row[] = [];
  const page: StatementLog["page"] = async (after, limit) => {
    const found = rows
      .filter((one) => isBehind(one, after))
      .toSorted((a, b) => (isBehind(a, b) ? 1 : -1))
      .slice(0, limit);
    const placed = found.filter(({ isForged }) => isForged !== true);
    return { placed, next: found.length < limit ? undefined : found.at(-1) };
  };
  const within: StatementLog["within"] = async ({ source, start, end, since = 0 }) =>
    rows.filter(
      (one) =>
        one.isForged !== true &&
        one.source === source &&
        one.offset >= start &&
        one.offset < end &&
        one.at >= since,
    );
  const ends = new Map<string, number>();
  const taken: string[] = [];
  const segments: Segment[] = [];
  const clock = { now };
  const open = () =>
    createStatementFeed({
      statements: { page, within },
      partition: 1,
      reachMs: Number.POSITIVE_INFINITY,
      lateMsMax: 3_600_000,
      ...settings,
      clock: { now: () => epochMs(clock.now) },
      endOf: (source) => ends.get(source),
      feed: async (segment) => {
        ends.set(segment.source, segment.end);
        segments.push(segment);
        taken.push(...segment.events.map(nameOf));
      },
      log: createLog({ logLevel: "silent" }),
    });
  return { rows, taken, segments, clock, open };
}

const nameOf = (input: EngineInput): string => (input.kind === "verdict" ? input.alertId : "");

const series = (source: string, count: number, from: number, stepMs: number): Row[] =>
  Array.from({ length: count }, (_, n) => row(source, n, from + n * stepMs));

const names = (rows: readonly Row[]) => rows.map(({ input }) => nameOf(input));

describe("a feed of statements", () => {
  it("takes each once, by the thousand, as few segments, and again by another process nothing", async () => {
    const { rows, taken, segments, open } = scene();
    rows.push(...series("service:a", 3_500, now - 1e7, 100));
    const feed = open();
    await feed.look();
    await feed.look();
    await open().look();
    expect(taken).toEqual(names(rows));
    expect(segments.every(({ partition, origin }) => partition === 1 && origin === "live")).toBe(
      true,
    );
    expect(segments.length).toBeLessThanOrEqual(4);
  });

  it("is not held up by pages that nobody who holds the key has written", async () => {
    const { rows, taken, open } = scene();
    const own = series("service:a", 30, now - 1e6, 10_000);
    const forged = series("service:b", 3_000, now - 2e6, 1);
    rows.push(...forged.map((one) => ({ ...one, isForged: true })), ...own.slice(0, 10));
    const feed = open();
    await feed.look();
    rows.push(...own.slice(10));
    await feed.look();
    expect(taken).toEqual(names(own));
  });

  it("takes what a clock that was set back dates before thousands of others, in its chain's order", async () => {
    const { rows, taken, open } = scene();
    const before = series("service:a", 2_500, now - 2e6, 100);
    rows.push(...before);
    const feed = open();
    await feed.look();
    const newest = before.at(-1)?.at ?? 0;
    const setBack = Array.from({ length: 200 }, (_, n) =>
      row("service:a", 2_500 + n, newest - 60_000 + n * 700),
    );
    for (let n = 0; n < setBack.length; n += 50) {
      rows.push(...setBack.slice(n, n + 50));
      await feed.look();
    }
    expect(taken).toEqual(names([...before, ...setBack]));
  });

  it("takes what is stated after a clock that ran ahead for a day was set right", async () => {
    const { rows, taken, clock, open } = scene();
    const feed = open();
    const ahead = series("service:a", 3, now + 86_400_000, 1_000);
    rows.push(...ahead);
    clock.now = now + 86_400_000 + 10_000;
    await feed.look();
    clock.now = now;
    await feed.look();
    const right = [3, 4].map((offset) => row("service:a", offset, now + offset * 1_000));
    rows.push(...right);
    clock.now = now + 10_000;
    await feed.look();
    expect(taken).toEqual(names([...ahead, ...right]));
  });

  it("takes what another process whose clock is right states beside one whose clock is ahead", async () => {
    const { rows, taken, open } = scene();
    const feed = open();
    const ahead = series("service:a", 1, now + 86_400_000, 1_000);
    rows.push(...ahead);
    await feed.look();
    const right = series("service:b", 2, now - 1_000, 100);
    rows.push(...right);
    await feed.look();
    expect(taken).toEqual(names([...ahead, ...right]));
  });

  it("takes all of a chain whose clock was set back while nobody looked, in its order", async () => {
    const { rows, taken, open } = scene();
    const before = series("service:a", 2_500, now - 2e6, 100);
    const newest = before.at(-1)?.at ?? 0;
    const setBack = Array.from({ length: 200 }, (_, n) =>
      row("service:a", 2_500 + n, newest - 60_000 + n * 700),
    );
    rows.push(...before, ...setBack);
    await open().look();
    expect(taken).toEqual(names([...before, ...setBack]));
  });

  it("begins no further back than it may reach", async () => {
    const { rows, taken, open } = scene({ reachMs: 1e6, lateMsMax: 0 });
    rows.push(...series("service:a", 10, now - 2e6, 200_000));
    await open().look();
    expect(taken).toEqual(names(rows.slice(5)));
  });
});
