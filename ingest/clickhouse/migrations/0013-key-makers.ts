/** Who made or revoked an API key; a key of an earlier version does not say. */
import type { Migration } from "./migration.ts";

export const keyMakers: Migration = {
  id: 13,
  name: "key makers",
  statements: [
    `ALTER TABLE api_keys ADD COLUMN IF NOT EXISTS principal LowCardinality(String) CODEC(ZSTD(1))
  AFTER revoked_at`,
  ],
};
