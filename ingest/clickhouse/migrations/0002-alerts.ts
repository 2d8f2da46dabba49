/**
 * What detection and analysts add: alerts, the analysts' actions on them, engine snapshots with the recorded
 * order of inputs, deliveries of the hooks, and API keys.
 *
 * Alerts are written by the engine only, actions by the API only; the state that a reader sees is the two
 * joined. So neither writer can overwrite the other, and a replayed engine upserts the same rows.
 */
import type { Migration } from "./migration.ts";

export const alerts: Migration = {
  id: 2,
  name: "alerts",
  statements: [
    `CREATE TABLE IF NOT EXISTS alerts (
  alert_id String,
  revision UInt64,
  time DateTime64(3, 'UTC'),
  first_event_time DateTime64(3, 'UTC'),
  last_event_time DateTime64(3, 'UTC'),
  lane LowCardinality(String),
  severity Enum8('info' = 1, 'low' = 2, 'medium' = 3, 'high' = 4, 'critical' = 5),
  risk Float64,
  detectors Array(LowCardinality(String)),
  agent_ids Array(String),
  session_ids Array(String),
  body String CODEC(ZSTD(1)),
  origin Enum8('backfill' = 1, 'live' = 2) DEFAULT 'live',
  recorded_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(revision) ORDER BY alert_id`,

    `CREATE TABLE IF NOT EXISTS alert_actions (
  alert_id String,
  sequence UInt64,
  status LowCardinality(String),
  disposition LowCardinality(String),
  note String CODEC(ZSTD(1)),
  principal String,
  at DateTime64(3, 'UTC')
) ENGINE = MergeTree ORDER BY (alert_id, sequence)`,

    `CREATE TABLE IF NOT EXISTS deliveries (
  sink LowCardinality(String),
  alert_id String,
  action Enum8('trigger' = 1, 'acknowledge' = 2, 'resolve' = 3),
  state Enum8('accepted' = 1, 'retrying' = 2, 'refused' = 3, 'expired' = 4),
  attempts UInt32,
  next_attempt_at DateTime64(3, 'UTC'),
  detail LowCardinality(String),
  revision UInt64,
  updated_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(revision) ORDER BY (sink, alert_id, action)`,

    `CREATE TABLE IF NOT EXISTS snapshots (
  engine_version UInt32,
  key String,
  sequence UInt64,
  state String CODEC(ZSTD(1)),
  recorded_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(sequence) ORDER BY (engine_version, key)`,

    `CREATE TABLE IF NOT EXISTS engine_inputs (
  sequence UInt64 CODEC(Delta(8), ZSTD(1)),
  source LowCardinality(String),
  partition UInt32,
  first_offset UInt64 CODEC(Delta(8), ZSTD(1)),
  end_offset UInt64 CODEC(Delta(8), ZSTD(1)),
  origin Enum8('backfill' = 1, 'live' = 2),
  recorded_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
) ENGINE = MergeTree ORDER BY sequence`,

    `CREATE TABLE IF NOT EXISTS api_keys (
  key_id String,
  revision UInt64,
  name String,
  role LowCardinality(String),
  secret_hash String,
  created_at DateTime64(3, 'UTC'),
  expires_at Nullable(DateTime64(3, 'UTC')),
  revoked_at Nullable(DateTime64(3, 'UTC'))
) ENGINE = ReplacingMergeTree(revision) ORDER BY key_id`,
  ],
};
