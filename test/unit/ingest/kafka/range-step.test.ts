import { initialState } from "../../../../ingest/kafka/range-buffer.ts";
import type {
  Buffered,
  Effect,
  PartitionState,
  RangeEvent,
  RangeLimits,
} from "../../../../ingest/kafka/range-state.ts";
import { step } from "../../../../ingest/kafka/range-step.ts";
import { type EpochMs, epochMs } from "../../../../ingest/vocabulary/brand.ts";

const limits: RangeLimits = {
  batchRowsMax: 10,
  batchBytesMax: 1_000,
  batchMsMax: 100,
  bufferRowsMax: 20,
  bufferBytesMax: 2_000,
  writeMsMax: 5_000,
  idleMsMax: 50,
};

type Untimed<Event> = Event extends unknown ? Omit<Event, "now"> : never;

/** At 1,000 ms unless they say so. */
type Events = readonly (Untimed<RangeEvent<Buffered>> & { readonly now?: EpochMs })[];

/** Tells a fresh partition what happens and returns the effects of the last event. */
function effectsOf(events: Events) {
  let state: PartitionState<Buffered> = initialState();
  let effects: readonly Effect<Buffered>[] = [];
  for (const event of events) {
    ({ state, effects } = step(state, { now: epochMs(1_000), ...event }, limits));
  }
  return effects;
}

const assigned = { kind: "assigned" } as const;
const committed = (offset: number | undefined, low: number, high: number) =>
  ({
    kind: "committed",
    offset,
    intent: undefined,
    doubt: undefined,
    wasReset: false,
    storedEnd: offset ?? 0,
    low,
    high,
  }) as const;
const read = (offsets: readonly number[], end: number, low = 0) =>
  ({ kind: "read", records: offsets.map((offset) => ({ offset, bytes: 1 })), end, low }) as const;
const upTo = (end: number): number[] => Array.from({ length: end }, (_, offset) => offset);

describe("one partition", () => {
  it("announces a full range before it writes, at the offset that it confirms", () => {
    const effects = effectsOf([assigned, committed(0, 0, 99), read(upTo(12), 12)]);
    expect(effects).toEqual([
      {
        kind: "commit",
        offset: 0,
        note: { intent: { start: 0, end: 10, deadline: 6_000 }, doubt: undefined },
      },
    ]);
  });

  it("announces a write whose turn came too late again, with nothing to look up", () => {
    const events = [assigned, committed(0, 0, 99), read(upTo(12), 12)];
    const again = [{ kind: "commit_accepted" }, { kind: "write_unstarted" }] as const;
    expect(effectsOf([...events, ...again])).toEqual(effectsOf(events));
    const written = effectsOf([...events, ...again, { kind: "commit_accepted" }]);
    expect(written).toMatchObject([{ kind: "write", mode: "insert" }]);
  });

  it("writes nothing when the announcement is refused", () => {
    const refused = { kind: "commit_failed", outcome: "fenced" } as const;
    const events = [assigned, committed(0, 0, 99), read(upTo(12), 12), refused];
    expect(effectsOf(events)).toEqual([]);
    expect(effectsOf([...events, { kind: "tick" }])).toEqual([]);
  });

  it("rebuilds an announced range whole, even when it is longer than the buffer may be now", () => {
    const intent = { start: 0, end: 50, deadline: epochMs(500) };
    const inherited = { ...committed(0, 0, 99), intent };
    expect(effectsOf([assigned, inherited, read(upTo(30), 30)])).toEqual([]);
    const whole = [assigned, inherited, read(upTo(30), 30), read([40], 60)];
    expect(effectsOf(whole)).toEqual([
      {
        kind: "commit",
        offset: 0,
        note: { intent: { start: 0, end: 50, deadline: 6_000 }, doubt: undefined },
      },
      { kind: "pause" },
    ]);
  });

  it("never says sooner than before when the last write can land, though its clock was put back", () => {
    const intent = { start: 0, end: 10, deadline: epochMs(9_000) };
    const inherited = { ...committed(0, 0, 99), intent };
    const rebuilt = [assigned, inherited, read(upTo(10), 10)];
    const announced = { kind: "commit", note: { intent: { start: 0, end: 10, deadline: 9_000 } } };
    expect(effectsOf(rebuilt)).toMatchObject([announced]);
    const written = [...rebuilt, { kind: "commit_accepted" } as const];
    // Its own write is held to its own deadline.
    expect(effectsOf(written)).toMatchObject([
      { kind: "write", deadline: 6_000, range: { deadline: 9_000 } },
    ]);
    const failed = { kind: "write_failed" } as const;
    const later = { kind: "tick", now: epochMs(3_000) } as const;
    expect(effectsOf([...written, failed, later])).toMatchObject([announced]);
  });

  it.each([
    { why: "a commit lies behind the log's end", events: [assigned, committed(100, 0, 50)] },
    {
      why: "an announced range does",
      events: [
        assigned,
        { ...committed(40, 0, 50), intent: { start: 40, end: 60, deadline: epochMs(0) } },
      ],
    },
  ])("refuses a log that was cut off or made anew: $why", ({ events }) => {
    expect(effectsOf(events)).toEqual([{ kind: "fail", code: "kafka.log_truncated" }]);
  });

  it("refuses records that it has read before", () => {
    const events = [assigned, committed(40, 0, 50), read([3], 4)];
    expect(effectsOf(events)).toEqual([{ kind: "fail", code: "kafka.offsets_regressed" }]);
  });

  it("reads again what is confirmed and not in the store, and looks it up first", () => {
    const intent = { start: 40, end: 45, deadline: epochMs(700) };
    const restored = { ...committed(40, 0, 99), intent, storedEnd: 25 };
    expect(effectsOf([assigned, restored])).toEqual([
      { kind: "count_fallen_back", from: 25, to: 40 },
      { kind: "seek", offset: 25 },
      { kind: "resume" },
    ]);
    const records = upTo(40).slice(25);
    const [announced] = effectsOf([assigned, restored, read(records, 40)]);
    const doubt = { below: 45, deadline: 700 };
    expect(announced).toMatchObject({ kind: "commit", offset: 25, note: { doubt } });
  });

  it("falls back no further than the broker's records go, and counts what is gone", () => {
    const restored = { ...committed(40, 30, 99), storedEnd: 25 };
    expect(effectsOf([assigned, restored])).toEqual([
      { kind: "count_fallen_back", from: 25, to: 40 },
      { kind: "seek", offset: 30 },
      { kind: "resume" },
      { kind: "count_gap", hole: { from: 25, to: 30 } },
    ]);
    const expired = { ...committed(20, 30, 99), storedEnd: 15 };
    expect(effectsOf([assigned, expired])).toEqual([
      { kind: "seek", offset: 30 },
      { kind: "resume" },
      { kind: "count_gap", hole: { from: 20, to: 30 } },
    ]);
  });

  it("looks up what follows an announced range that the broker has lost as a whole", () => {
    const intent = { start: 5, end: 8, deadline: epochMs(700) };
    const cut = { ...committed(5, 8, 50), intent };
    const [announced] = effectsOf([assigned, cut, read(upTo(20).slice(8), 20)]);
    const doubt = { below: 9, deadline: 700 };
    expect(announced).toMatchObject({ kind: "commit", offset: 8, note: { doubt } });
  });

  it("counts what the broker no longer has, before reading and while reading", () => {
    expect(effectsOf([assigned, committed(5, 8, 50)])).toContainEqual({
      kind: "count_gap",
      hole: { from: 5, to: 8 },
    });
    const effects = effectsOf([assigned, committed(5, 0, 50), read([30], 31, 20)]);
    expect(effects[0]).toEqual({ kind: "count_gap", hole: { from: 5, to: 20 } });
  });

  it("takes an offset without a record that is not lost as part of the range", () => {
    const events = [assigned, committed(0, 0, 99), read([0, 9], 10)];
    expect(effectsOf(events)).toEqual([
      {
        kind: "commit",
        offset: 0,
        note: { intent: { start: 0, end: 10, deadline: 6_000 }, doubt: undefined },
      },
    ]);
  });

  it.each([
    { why: "nothing is stored", storedEnd: 0, below: 10 },
    { why: "a part is stored", storedEnd: 3, below: 13 },
    { why: "the log ends sooner", storedEnd: 95, below: 99 },
  ])(
    "looks up one range behind what is stored when no offset is committed: $why",
    ({ storedEnd, below }) => {
      const expired = { ...committed(undefined, 0, 99), storedEnd };
      const [announced] = effectsOf([assigned, expired, read(upTo(12), 12)]);
      const doubt = { below, deadline: 0 };
      expect(announced).toMatchObject({ kind: "commit", offset: 0, note: { doubt } });
    },
  );
});
