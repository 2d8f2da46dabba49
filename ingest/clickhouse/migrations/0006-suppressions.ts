/**
 * What analysts decide shall page nobody for a while: statements of the ledger, like every other decision. An alert's
 * row names the suppression under which its newest state falls.
 */
import type { Migration } from "./migration.ts";

const time = "DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))";
const text = "String CODEC(ZSTD(1))";
const name = "LowCardinality(String) CODEC(ZSTD(1))";

export const suppressions: Migration = {
  id: 6,
  name: "suppressions",
  statements: [
    `CREATE TABLE IF NOT EXISTS suppressions (
  suppression_id ${text},
  revision UInt64 CODEC(ZSTD(1)),
  detectors ${text},
  agent_id ${text},
  subject_token ${text},
  tenant ${text},
  team ${text},
  reason ${text},
  principal ${text},
  created_at ${time},
  expires_at ${time},
  revoked_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  mac ${text},
  source ${name},
  partition UInt32 CODEC(ZSTD(1)),
  offset UInt64 CODEC(Delta(8), ZSTD(1)),
  deadline ${time},
  INDEX offset_minmax offset TYPE minmax GRANULARITY 1,
  CONSTRAINT written_in_time CHECK now64(3) <= deadline
) ENGINE = MergeTree ORDER BY (suppression_id, revision, source, partition, offset)
  SETTINGS non_replicated_deduplication_window = 1000`,
    "ALTER TABLE alerts ADD COLUMN IF NOT EXISTS suppression_id String AFTER origin",
  ],
};
