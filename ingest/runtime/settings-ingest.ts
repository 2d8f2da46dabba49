/** Settings of the pipeline and the subjects' keys. */
import { count, secret, setting, share } from "./setting.ts";

export const ingestSettings = {
  batchRowsMax: setting({
    path: "ingest.batch_rows_max",
    env: "DESKWATCH_BATCH_ROWS_MAX",
    schema: count(1, 100_000),
    initial: 10_000,
    doc: "Records per insert.",
  }),
  batchBytesMax: setting({
    path: "ingest.batch_bytes_max",
    env: "DESKWATCH_BATCH_BYTES_MAX",
    schema: count(1_024, 64 * 1024 * 1024),
    initial: 8 * 1024 * 1024,
    doc: "Bytes of records per insert.",
  }),
  batchMsMax: setting({
    path: "ingest.batch_ms_max",
    env: "DESKWATCH_BATCH_MS_MAX",
    schema: count(10, 60_000),
    initial: 1_000,
    doc: "Longest wait before a started batch is inserted, milliseconds.",
  }),
  recordBytesMax: setting({
    path: "ingest.record_bytes_max",
    env: "DESKWATCH_RECORD_BYTES_MAX",
    schema: count(1_024, 16 * 1024 * 1024),
    initial: 1024 * 1024,
    doc: "Largest record that is decoded; a larger one is a dead letter.",
  }),
  deadLetterShareMax: setting({
    path: "ingest.dead_letter_share_max",
    env: "DESKWATCH_DEAD_LETTER_SHARE_MAX",
    schema: share(),
    initial: 0.5,
    doc: "Share of dead letters among the last 1,000 records of a source at which ingest stops.",
  }),
  duplicateHorizonRows: setting({
    path: "ingest.duplicate_horizon_rows",
    env: "DESKWATCH_DUPLICATE_HORIZON_ROWS",
    schema: count(1_000, 100_000_000),
    initial: 5_000_000,
    doc: "Newest records whose event ids are checked for duplicates.",
  }),
  tokenKey: secret({
    path: "subjects.token_key",
    env: "DESKWATCH_TOKEN_KEY",
    doc: "HMAC key of subject tokens, `<version>:<32 bytes in base64 or hex>`.",
  }),
  masterKey: secret({
    path: "subjects.master_key",
    env: "DESKWATCH_MASTER_KEY",
    doc: "Key that wraps the subjects' keys and vouches for the ledger's links, for statements and API keys, `<version>:<32 bytes in base64 or hex>`, older ones after commas.",
  }),
} as const;
