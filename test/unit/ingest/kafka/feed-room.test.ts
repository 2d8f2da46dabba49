import fc from "fast-check";
import { feedRoom, waitingOffsetsMax } from "../../../../ingest/kafka/feed-room.ts";

const { all, own, least } = waitingOffsetsMax;

describe("the room of decoded events that wait for detection", () => {
  it("is the same for all partitions together, however many there are, but for a little of each", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (partitions) => {
        const { high, low } = feedRoom(partitions);
        expect(high * partitions).toBeLessThanOrEqual(Math.max(all, least * partitions));
        expect(high).toBeLessThanOrEqual(own);
        expect(high).toBeGreaterThanOrEqual(least);
        expect(low).toBeLessThan(high);
        expect(low).toBeGreaterThan(0);
      }),
    );
  });

  it("lets a few partitions wait with as much as they may have alone", () => {
    expect([1, 4, 12, 48, 192, 1_000].map((partitions) => feedRoom(partitions).high)).toEqual([
      5_000, 5_000, 5_000, 1_250, 312, 250,
    ]);
  });
});
