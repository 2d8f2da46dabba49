/**
 * Why somebody asked, and whose identifier was erased: statements of the ledger. An erasure takes the key of a subject
 * out of the table; what held it before must not stay on disk for the eight minutes that the engine keeps old parts by
 * default. It keeps them for a power cut that loses the new one, so a new one is on disk before the old one goes.
 */
import type { Migration } from "./migration.ts";

const time = "DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))";
const text = "String CODEC(ZSTD(1))";
const name = "LowCardinality(String) CODEC(ZSTD(1))";

export const erasures: Migration = {
  id: 12,
  name: "erasures",
  statements: [
    `CREATE TABLE IF NOT EXISTS erasures (
  subject_token UUID CODEC(ZSTD(1)),
  reason ${text},
  principal ${name},
  erased_at ${time},
  mac ${text},
  source ${name},
  partition UInt32 CODEC(ZSTD(1)),
  offset UInt64 CODEC(Delta(8), ZSTD(1)),
  deadline ${time},
  INDEX offset_minmax offset TYPE minmax GRANULARITY 1,
  CONSTRAINT written_in_time CHECK now64(3) <= deadline
) ENGINE = MergeTree ORDER BY (subject_token, source, partition, offset)
  SETTINGS non_replicated_deduplication_window = 1000`,
    `ALTER TABLE reads ADD COLUMN IF NOT EXISTS reason ${text} AFTER to_at`,
    `ALTER TABLE identities MODIFY SETTING old_parts_lifetime = 0, min_rows_to_fsync_after_merge = 1,
  fsync_part_directory = 1`,
  ],
};
