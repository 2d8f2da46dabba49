/**
 * By which keys of the configuration a store was begun: what is derived from each and tells nothing of it, so that a
 * start with another key is recognised. A few rows in a store's life.
 */
import type { Migration } from "./migration.ts";

export const keyFingerprints: Migration = {
  id: 10,
  name: "key-fingerprints",
  statements: [
    `CREATE TABLE IF NOT EXISTS key_fingerprints (
  key_name LowCardinality(String) CODEC(ZSTD(1)),
  version UInt16 CODEC(ZSTD(1)),
  fingerprint String CODEC(ZSTD(1)),
  recorded_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
) ENGINE = MergeTree ORDER BY (key_name, version, recorded_at)`,
  ],
};
