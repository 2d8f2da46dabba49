/**
 * The recorded order of detection, fenced: a process that stood still while another took over, and records what it
 * had in hand when it goes on, comes too late.
 */
import type { Migration } from "./migration.ts";

export const fencedInputs: Migration = {
  id: 5,
  name: "fenced-inputs",
  statements: [
    `ALTER TABLE engine_inputs
  ADD COLUMN IF NOT EXISTS deadline DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))`,
    `ALTER TABLE engine_inputs ADD CONSTRAINT IF NOT EXISTS written_in_time CHECK now64(3) <= deadline`,
  ],
};
