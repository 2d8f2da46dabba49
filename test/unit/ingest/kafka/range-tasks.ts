/** What members of the simulated world have under way, and the limits that they work under. */
import type {
  Buffered,
  Effect,
  RangeEvent,
  RangeLimits,
} from "../../../../ingest/kafka/range-state.ts";
import type { EpochMs } from "../../../../ingest/vocabulary/brand.ts";

/** Rows on their way into one table. */
export interface Insert {
  readonly table: number;
  readonly offsets: readonly number[];
  readonly deadline: EpochMs;
  hasLanded: boolean;
}

export type Untimed<Event> = Event extends unknown ? Omit<Event, "now"> : never;
export type Told = Untimed<RangeEvent<Buffered>>;
export type Commit = Extract<Effect<Buffered>, { kind: "commit" }>;
export type Write = Extract<Effect<Buffered>, { kind: "write" }>;
export type Task =
  | { readonly kind: "ask"; readonly epoch: number }
  | { readonly kind: "commit"; readonly epoch: number; readonly commit: Commit }
  | {
      readonly kind: "write";
      readonly epoch: number;
      readonly write: Write;
      inserts: readonly Insert[] | undefined;
    };

/** Small, so that few records make many ranges. `scale`: what a restart may change. */
export function limitsOf(scale: number): RangeLimits {
  return {
    batchRowsMax: 8 * scale,
    batchBytesMax: 60 * scale,
    batchMsMax: 100,
    bufferRowsMax: 16 * scale,
    bufferBytesMax: 120 * scale,
    writeMsMax: 2_000,
    idleMsMax: 150,
  };
}
