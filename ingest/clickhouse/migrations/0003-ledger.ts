/**
 * What shows that nothing was edited: the ledger (a chain of committed ranges per partition), the order of its
 * links in one Merkle log, and the log's signed heads. No table here has a retention.
 *
 * Sealed identifiers get a place in the trail like every other row, so that the ledger can commit to them; what
 * an earlier version sealed keeps the empty source. The analysts' actions and the API keys get one, too.
 * `recorded_at` orders the ledger because its readers ask for what is new.
 */
import type { Migration } from "./migration.ts";

const hash = "String CODEC(ZSTD(1))";
const time = "DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))";
const rising = "UInt64 CODEC(Delta(8), ZSTD(1))";
const inTime = "CONSTRAINT written_in_time CHECK now64(3) <= deadline";
const once = "SETTINGS non_replicated_deduplication_window = 1000";

const placed = (table: string, key: string): readonly string[] => [
  `ALTER TABLE ${table}
  ADD COLUMN IF NOT EXISTS source LowCardinality(String) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS partition UInt32 CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS offset UInt64 CODEC(Delta(8), ZSTD(1)),
  ADD COLUMN IF NOT EXISTS deadline DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  MODIFY ORDER BY (${key}, source, partition, offset)`,
  `ALTER TABLE ${table} ADD INDEX IF NOT EXISTS offset_minmax offset TYPE minmax GRANULARITY 1`,
  `ALTER TABLE ${table} ADD CONSTRAINT IF NOT EXISTS written_in_time CHECK now64(3) <= deadline`,
];

export const ledger: Migration = {
  id: 3,
  name: "ledger",
  statements: [
    `CREATE TABLE IF NOT EXISTS ledger (
  source LowCardinality(String) CODEC(ZSTD(1)),
  partition UInt32 CODEC(ZSTD(1)),
  sequence ${rising},
  start_offset ${rising},
  end_offset ${rising},
  outcomes UInt64 CODEC(ZSTD(1)),
  events UInt64 CODEC(ZSTD(1)),
  dead_letters UInt64 CODEC(ZSTD(1)),
  exposures UInt64 CODEC(ZSTD(1)),
  identities UInt64 CODEC(ZSTD(1)),
  root ${hash},
  previous ${hash},
  mac ${hash},
  recorded_at ${time},
  deadline ${time},
  ${inTime}
) ENGINE = MergeTree ORDER BY (recorded_at, source, partition, sequence) ${once}`,

    `CREATE TABLE IF NOT EXISTS ledger_entries (
  log_index ${rising},
  source LowCardinality(String) CODEC(ZSTD(1)),
  partition UInt32 CODEC(ZSTD(1)),
  sequence ${rising},
  leaf_hash ${hash},
  recorded_at ${time},
  deadline ${time},
  ${inTime}
) ENGINE = MergeTree ORDER BY log_index ${once}`,

    `CREATE TABLE IF NOT EXISTS checkpoints (
  tree_size ${rising},
  root ${hash},
  note ${hash},
  frontier ${hash},
  signed_at ${time},
  deadline ${time},
  ${inTime}
) ENGINE = MergeTree ORDER BY tree_size ${once}`,

    ...placed("identities", "subject_token"),
    ...placed("alert_actions", "alert_id, sequence"),
    ...placed("api_keys", "key_id"),
  ],
};
