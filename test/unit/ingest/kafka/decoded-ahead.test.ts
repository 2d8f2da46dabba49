import { createDecodedAhead } from "../../../../ingest/kafka/decoded-ahead.ts";
import type { DecodeContext } from "../../../../ingest/pipeline/decode.ts";
import { decideOutcomes } from "../../../../ingest/pipeline/pipeline.ts";
import { skip } from "../../../../ingest/vocabulary/outcome.ts";

const at = { topic: "console.access", partition: 0 };
const value = Buffer.from(`{"event_id":"e-1"}`);
const outcome = skip("tombstone");

const followed = (from = 0) => {
  const ahead = createDecodedAhead();
  ahead.follow(at, from);
  return ahead;
};

describe("an outcome that one reader hands over to another", () => {
  it("is handed over once", () => {
    const ahead = followed();
    ahead.offer(at, { offset: 7, value }, outcome);
    expect(ahead.take(at, { offset: 7, value })).toBe(outcome);
    expect(ahead.take(at, { offset: 7, value })).toBeUndefined();
    expect(ahead.waiting()).toBe(0);
  });
  it("is not handed over for other bytes at the same place, as after a topic was made anew", () => {
    const ahead = followed();
    ahead.offer(at, { offset: 7, value }, outcome);
    const other = Buffer.from(`{"event_id":"e-2"}`);
    expect(ahead.take(at, { offset: 7, value: other })).toBeUndefined();
    expect(ahead.waiting()).toBe(0);
  });
  it.each([
    { why: "another partition", place: { ...at, partition: 1 }, offset: 7 },
    { why: "another topic", place: { ...at, topic: "console.tickets" }, offset: 7 },
    { why: "another offset", place: at, offset: 8 },
  ])("is not handed over to $why", ({ place, offset }) => {
    const ahead = followed();
    ahead.follow(place, 0);
    ahead.offer(at, { offset: 7, value }, outcome);
    expect(ahead.take(place, { offset, value })).toBeUndefined();
  });
  it("has its giver wait for room until the taker has come near, and not for ever", async () => {
    const ahead = followed();
    for (let offset = 0; offset < 10_000; offset += 1) ahead.offer(at, { offset, value }, outcome);
    // Room for one partition is not room for all.
    const other = { ...at, partition: 1 };
    ahead.follow(other, 0);
    for (let offset = 0; offset < 6_000; offset += 1)
      ahead.offer(other, { offset, value }, outcome);
    expect(ahead.waiting()).toBe(16_000);
    const seen: string[] = [];
    const room = ahead.untilRoom().then(() => seen.push("room"));
    await Promise.resolve();
    seen.push("taken");
    ahead.take(at, { offset: 0, value });
    await room;
    expect(seen).toEqual(["taken", "room"]);
    ahead.offer(at, { offset: 0, value }, outcome);
    jest.useFakeTimers();
    try {
      const waited = ahead.untilRoom().then(() => seen.push("waited"));
      await jest.advanceTimersByTimeAsync(499);
      expect(seen).not.toContain("waited");
      await jest.advanceTimersByTimeAsync(1);
      await waited;
    } finally {
      jest.useRealTimers();
    }
  });
  it("takes no place where nobody will ask for it", () => {
    const ahead = createDecodedAhead();
    ahead.offer(at, { offset: 7, value }, outcome);
    expect(ahead.waiting()).toBe(0);
    ahead.follow(at, 10);
    ahead.offer(at, { offset: 9, value }, outcome);
    expect(ahead.waiting()).toBe(0);
    ahead.offer(at, { offset: 10, value }, outcome);
    ahead.offer(at, { offset: 11, value }, outcome);
    ahead.follow(at, 11);
    expect(ahead.waiting()).toBe(1);
    ahead.leave(at);
    expect(ahead.waiting()).toBe(0);
  });
  it("keeps at most 10,000 of a partition and 24,000 of all", () => {
    const ahead = createDecodedAhead();
    for (let partition = 0; partition < 5; partition += 1) {
      ahead.follow({ ...at, partition }, 0);
      for (let offset = 0; offset < 10_100; offset += 1) {
        ahead.offer({ ...at, partition }, { offset, value }, outcome);
      }
      expect(ahead.waiting()).toBe(Math.min(24_000, (partition + 1) * 10_000));
    }
  });
  it("stands in for decoding", async () => {
    const position = { source: "kafka:console.access", partition: 0, offset: 7 };
    const [decided] = await decideOutcomes([{ position, value, headers: {}, decoded: outcome }], {
      decoding: undefined as unknown as DecodeContext,
      duplicates: { settle: async (outcomes) => outcomes, release: () => undefined },
      guard: () => undefined,
    });
    expect(decided).toEqual({ position, outcome, bytes: value });
  });
});
