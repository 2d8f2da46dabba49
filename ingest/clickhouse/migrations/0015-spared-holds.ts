/** Which legal holds a retirement spared; one of an earlier version does not say. */
import type { Migration } from "./migration.ts";

export const sparedHolds: Migration = {
  id: 15,
  name: "spared holds",
  statements: [
    "ALTER TABLE retirements ADD COLUMN IF NOT EXISTS spared String CODEC(ZSTD(1)) AFTER leaves",
  ],
};
