/**
 * What whoever has a key asked of given agents and subjects: statements of the ledger, like every decision. Questions
 * about one subject are found by the tokens that they name.
 */
import type { Migration } from "./migration.ts";

const time = "DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))";
const timeOrNull = "Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1))";
const text = "String CODEC(ZSTD(1))";
const texts = "Array(String) CODEC(ZSTD(1))";
const name = "LowCardinality(String) CODEC(ZSTD(1))";

export const reads: Migration = {
  id: 11,
  name: "reads",
  statements: [
    `CREATE TABLE IF NOT EXISTS reads (
  request_id ${text},
  at ${time},
  principal ${name},
  role ${name},
  route ${name},
  agent_ids ${texts},
  session_ids ${texts},
  subject_tokens Array(UUID) CODEC(ZSTD(1)),
  tenants ${texts},
  alert_id ${text},
  from_at ${timeOrNull},
  to_at ${timeOrNull},
  mac ${text},
  source ${name},
  partition UInt32 CODEC(ZSTD(1)),
  offset UInt64 CODEC(Delta(8), ZSTD(1)),
  deadline ${time},
  INDEX subject_bloom subject_tokens TYPE bloom_filter GRANULARITY 1,
  INDEX agent_bloom agent_ids TYPE bloom_filter GRANULARITY 1,
  INDEX offset_minmax offset TYPE minmax GRANULARITY 1,
  CONSTRAINT written_in_time CHECK now64(3) <= deadline
) ENGINE = MergeTree ORDER BY (at, request_id, source, partition, offset)
  SETTINGS non_replicated_deduplication_window = 1000`,
  ],
};
