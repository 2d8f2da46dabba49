/**
 * Retention as an act of the service: what the ledger committed to of rows that were removed, who removed which,
 * and what must not be removed. No table here has a retention.
 *
 * A retired leaf is the leaf's text, so that its offset still gives the link's root: 41 bytes on disk, 32 of them
 * the hash of the row that went, and as much again where the record sealed an identifier. A statement of whatever
 * table carries a MAC of its own under the master key: without it whoever may write to the database could put down
 * a row and wait until it is committed to as a statement that a failed process had left behind.
 */
import type { Migration } from "./migration.ts";

const time = "DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))";
const text = "String CODEC(ZSTD(1))";
const name = "LowCardinality(String) CODEC(ZSTD(1))";
const rising = "UInt64 CODEC(Delta(8), ZSTD(1))";
const inTime = "CONSTRAINT written_in_time CHECK now64(3) <= deadline";
const once = "SETTINGS non_replicated_deduplication_window = 1000";

const place = `
  source ${name},
  partition UInt32 CODEC(ZSTD(1)),
  offset ${rising},
  deadline ${time}`;
const placed = `${place},
  INDEX offset_minmax offset TYPE minmax GRANULARITY 1,
  ${inTime}`;

export const retention: Migration = {
  id: 4,
  name: "retention",
  statements: [
    `CREATE TABLE IF NOT EXISTS retired_leaves (
  retirement ${text},
  leaf String CODEC(ZSTD(3)),${place},
  ${inTime}
) ENGINE = MergeTree ORDER BY (source, partition, offset) ${once}`,

    `CREATE TABLE IF NOT EXISTS retirements (
  retirement ${text},
  at ${time},
  principal ${text},
  table_name ${name},
  cutoff_at ${time},
  retired_source ${name},
  retired_partition UInt32 CODEC(ZSTD(1)),
  first_offset UInt64 CODEC(ZSTD(1)),
  last_offset UInt64 CODEC(ZSTD(1)),
  leaves UInt64 CODEC(ZSTD(1)),
  mac ${text},${placed}
) ENGINE = MergeTree ORDER BY (retirement, source, partition, offset) ${once}`,

    `CREATE TABLE IF NOT EXISTS legal_holds (
  hold_id ${text},
  revision UInt64 CODEC(ZSTD(1)),
  agent_id ${text},
  subject_token ${text},
  from_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  to_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  reason ${text},
  principal ${text},
  placed_at ${time},
  released_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  mac ${text},${placed}
) ENGINE = MergeTree ORDER BY (hold_id, revision, source, partition, offset) ${once}`,

    ...["alert_actions", "api_keys"].map(
      (table) => `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS mac ${text} AFTER deadline`,
    ),
  ],
};
