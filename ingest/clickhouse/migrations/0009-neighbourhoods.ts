/**
 * In which tens of numbers the only subject of an access stands, for detection: 1.3 bytes an access, less than with
 * Delta, T64 or ZSTD(3). Rows of an earlier version have none; they are committed to, and compared with what comes
 * again, as they were written.
 */
import type { Migration } from "./migration.ts";

export const neighbourhoods: Migration = {
  id: 9,
  name: "neighbourhoods",
  statements: [
    `ALTER TABLE access_events
  ADD COLUMN IF NOT EXISTS neighbourhood UInt16 CODEC(ZSTD(1)) AFTER justification_reason`,
  ],
};
