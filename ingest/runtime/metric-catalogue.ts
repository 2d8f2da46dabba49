/**
 * Every Prometheus metric of Deskwatch, in one place: dashboards, rules and the README's table read this
 * list, and a name that is not here does not type-check.
 *
 * Labels come from closed unions or from configuration (topics, detectors, routes). Never an agent, a
 * subject, an address or an alert.
 */
import { detectMetrics } from "./detect-metrics.ts";
import { type MetricRow, secondsFine } from "./metric-row.ts";

export const metricCatalogue = {
  deskwatch_build_info: {
    kind: "gauge",
    help: "Constant 1, labelled by version.",
    labels: ["version"],
  },

  deskwatch_ingest_outcomes_total: {
    kind: "counter",
    help: "Records that left an outcome, by kind (event, dead_letter, skip) and reason.",
    labels: ["kind", "reason"],
  },
  deskwatch_ingest_events_total: {
    kind: "counter",
    help: "Events stored, by event kind.",
    labels: ["event_kind"],
  },
  deskwatch_ingest_bytes_total: {
    kind: "counter",
    help: "Bytes of records that left an outcome.",
    labels: [],
  },
  deskwatch_ingest_late_events_total: {
    kind: "counter",
    help: "Events whose time lies behind the newest event time of their source.",
    labels: [],
  },
  deskwatch_ingest_batch_rows: {
    kind: "histogram",
    help: "Records per insert.",
    labels: [],
    buckets: [1, 10, 100, 500, 1000, 2500, 5000, 10_000, 25_000],
  },
  deskwatch_ingest_insert_seconds: {
    kind: "histogram",
    help: "Time to store the ranges of one insert.",
    labels: [],
    buckets: secondsFine,
  },
  deskwatch_ingest_reconciles_total: {
    kind: "counter",
    help: "Ranges that were read back because an insert's outcome was unknown, by result.",
    labels: ["result"],
  },
  deskwatch_ingest_known_event_ids: {
    kind: "gauge",
    help: "Newest event ids among which duplicates are looked for (ingest.duplicate_horizon_rows).",
    labels: [],
  },
  deskwatch_ingest_surplus_rows_total: {
    kind: "counter",
    help: "Rows that a read-back found beyond one per record and subject; anything but 0 is a fault.",
    labels: [],
  },
  deskwatch_ledger_entries: {
    kind: "gauge",
    help: "Links of the ledger that the signed log holds.",
    labels: [],
  },
  deskwatch_ledger_signed_timestamp_seconds: {
    kind: "gauge",
    help: "When the head of the log was last signed.",
    labels: [],
  },
  deskwatch_ledger_notary: {
    kind: "gauge",
    help: "1 where this process is the one that signs the log.",
    labels: [],
  },
  deskwatch_ledger_notary_errors_total: {
    kind: "counter",
    help: "Rounds of the notary that failed; nothing is signed meanwhile.",
    labels: [],
  },
  deskwatch_ledger_witnessed_entries: {
    kind: "gauge",
    help: "Entries of the newest head that a witness (file, http, topic) holds.",
    labels: ["witness"],
  },
  deskwatch_ledger_witness_refusals_total: {
    kind: "counter",
    help: "Heads that a witness did not take, by reason; conflict means that the log was cut or forked.",
    labels: ["witness", "reason"],
  },
  deskwatch_ledger_forged_links: {
    kind: "gauge",
    help: "Links that no holder of the key has written and that are kept out of the log; must be 0.",
    labels: [],
  },
  deskwatch_ledger_forged_statements: {
    kind: "gauge",
    help: "Chains with statements that no holder of the key has written and that get no link; must be 0.",
    labels: [],
  },
  deskwatch_retention_retired_rows_total: {
    kind: "counter",
    help: "Rows that retention removed, by table; an access counts once, whatever it exposed.",
    labels: ["table"],
  },
  deskwatch_retention_refused_links: {
    kind: "gauge",
    help: "Links whose rows the last pass of retention left alone: they are not those committed to; must be 0.",
    labels: [],
  },
  deskwatch_retention_passed_timestamp_seconds: {
    kind: "gauge",
    help: "When the last whole pass of retention ended.",
    labels: [],
  },
  deskwatch_retention_errors_total: {
    kind: "counter",
    help: "Passes of retention that failed; the next one goes on.",
    labels: [],
  },
  deskwatch_erasure_unfinished_subjects: {
    kind: "gauge",
    help: "Subjects whose erasure was put down and whose key is still there; 0 but for moments.",
    labels: [],
  },
  deskwatch_ingest_lag_records: {
    kind: "gauge",
    help: "Records in the topic behind the newest stored one.",
    labels: ["topic", "partition"],
  },
  deskwatch_ingest_newest_event_timestamp_seconds: {
    kind: "gauge",
    help: "Newest event time stored, seconds since 1970.",
    labels: [],
  },
  deskwatch_ingest_buffered_records: {
    kind: "gauge",
    help: "Records read and not yet stored.",
    labels: [],
  },
  deskwatch_ingest_halted: {
    kind: "gauge",
    help: "1 while ingest stands still on purpose (share of dead letters).",
    labels: [],
  },
  deskwatch_ingest_gap_records_total: {
    kind: "counter",
    help: "Offsets that the broker no longer had when ingest asked for them.",
    labels: ["topic"],
  },
  deskwatch_ingest_fallen_back_records_total: {
    kind: "counter",
    help: "Offsets read again because the store, put back to an earlier state, did not hold them.",
    labels: ["topic"],
  },
  deskwatch_kafka_consumer_restarts_total: {
    kind: "counter",
    help: "Consumer crashes that were answered by a fresh start.",
    labels: ["group"],
  },

  ...detectMetrics,

  deskwatch_http_requests_total: {
    kind: "counter",
    help: "Requests, by route template, method and status class.",
    labels: ["route", "method", "status_class"],
  },
  deskwatch_http_request_seconds: {
    kind: "histogram",
    help: "Time to answer a request, by route template.",
    labels: ["route"],
    buckets: secondsFine,
  },
  deskwatch_hook_deliveries_total: {
    kind: "counter",
    help: "Delivery attempts, by sink, action and result.",
    labels: ["sink", "action", "result"],
  },
  deskwatch_hook_pending_deliveries: {
    kind: "gauge",
    help: "Deliveries that wait to be accepted, by sink.",
    labels: ["sink"],
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof metricCatalogue;
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in (typeof metricCatalogue)[Name]["labels"][number]]: string;
};
