/** The limits that members of the simulated world work under. */
import type { RangeLimits } from "../../../../../ingest/kafka/range-state.ts";

/** Small, so that few records make many ranges; a record has about 110 bytes. `scale`: what a restart may change. */
export const limitsOf = (scale: number): RangeLimits => ({
  batchRowsMax: 4 * scale,
  batchBytesMax: 400 * scale,
  batchMsMax: 100,
  bufferRowsMax: 8 * scale,
  bufferBytesMax: 800 * scale,
  writeMsMax: 2_000,
  idleMsMax: 150,
});
