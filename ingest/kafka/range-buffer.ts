/** What one partition has read and not yet stored: appending, cutting the next range, high and low water. */
import { epochMs } from "../vocabulary/brand.ts";
import type { Doubt, Intent } from "./intent.ts";
import type { Buffered, Hole, PartitionState, RangeEvent, RangeLimits } from "./range-state.ts";

export function initialState<R extends Buffered>(): PartitionState<R> {
  return {
    phase: { kind: "unassigned" },
    position: 0,
    confirmed: 0,
    readEnd: 0,
    records: [],
    bufferedBytes: 0,
    openedAt: epochMs(0),
    holes: [],
    doubt: undefined,
    isPaused: false,
    isDraining: false,
    failures: 0,
  };
}

type ReadEvent<R extends Buffered> = Extract<RangeEvent<R>, { kind: "read" }>;

/** Adds what was read; `holes` lie between it and what was read before. */
export function append<R extends Buffered>(
  state: PartitionState<R>,
  { records, end, now }: ReadEvent<R>,
  holes: readonly Hole[],
): PartitionState<R> {
  return {
    ...state,
    holes: [...state.holes, ...holes],
    records: [...state.records, ...records],
    bufferedBytes: state.bufferedBytes + sumOfBytes(records),
    readEnd: end,
    openedAt: state.readEnd === state.position ? now : state.openedAt,
  };
}

const sumOfBytes = (records: readonly Buffered[]): number =>
  records.reduce((sum, record) => sum + record.bytes, 0);

/** High water: reading pauses. */
export const isFull = (state: PartitionState<Buffered>, limits: RangeLimits): boolean =>
  state.readEnd - state.position >= limits.bufferRowsMax ||
  state.bufferedBytes >= limits.bufferBytesMax;

/** Low water: reading resumes. */
export const hasRoom = (state: PartitionState<Buffered>, limits: RangeLimits): boolean =>
  state.readEnd - state.position <= limits.bufferRowsMax / 2 &&
  state.bufferedBytes <= limits.bufferBytesMax / 2;

export const recordsBelow = <R extends Buffered>(state: PartitionState<R>, end: number) =>
  state.records.filter((record) => record.offset < end);

/** The position moves to `end`; what lies below is stored. */
export function dropBelow<R extends Buffered>(
  state: PartitionState<R>,
  end: number,
): PartitionState<R> {
  const records = state.records.filter((record) => record.offset >= end);
  return { ...state, position: end, records, bufferedBytes: sumOfBytes(records) };
}

/** What the broker lost has no outcome: the position jumps over it. */
export function skipHole<R extends Buffered>(state: PartitionState<R>): PartitionState<R> {
  const [hole, ...holes] = state.holes;
  if (hole === undefined || hole.from > state.position) return state;
  return { ...state, position: hole.to, holes };
}

/** [position, e) within the limits of rows and bytes, but at least one record, and up to the next hole. */
export function nextRange<R extends Buffered>(
  state: PartitionState<R>,
  limits: RangeLimits,
): Intent {
  const start = state.position;
  const readable = state.holes[0]?.from ?? state.readEnd;
  let bytes = 0;
  const doubt = doubtOf(state);
  let end = Math.min(readable, doubt?.below ?? readable, start + limits.batchRowsMax);
  for (const record of state.records) {
    if (record.offset >= end) break;
    if (bytes > 0 && bytes + record.bytes > limits.batchBytesMax) {
      end = record.offset;
      break;
    }
    bytes += record.bytes;
  }
  return { start, end, deadline: doubt?.deadline ?? epochMs(0) };
}

/** The doubt about what comes next; it ends where nothing can have been stored. */
export const doubtOf = ({ doubt, position }: PartitionState<Buffered>): Doubt | undefined =>
  doubt !== undefined && position < doubt.below ? doubt : undefined;
