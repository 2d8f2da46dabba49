/** The pipeline: from the topics to the audit trail. */
import type { Section } from "./panel.ts";
import { ageOf, increaseOf, maxOf, quantileOf, rateOf, shareOf, sumOf } from "./query.ts";

export const ingestSection: Section = {
  title: "Pipeline",
  panels: [
    {
      kind: "timeseries",
      title: "Events stored",
      description: "Events that reached the audit trail, by kind.",
      unit: "cps",
      targets: [
        { expr: rateOf("deskwatch_ingest_events_total", ["event_kind"]), legend: "{{event_kind}}" },
      ],
    },
    {
      kind: "timeseries",
      title: "Outcomes",
      description: "Every record leaves one outcome: event, dead letter or skip, with its reason.",
      unit: "cps",
      targets: [
        {
          expr: rateOf("deskwatch_ingest_outcomes_total", ["kind", "reason"]),
          legend: "{{kind}} {{reason}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Records behind",
      description: "Records in each partition that are not stored yet. Should return to zero.",
      unit: "short",
      targets: [
        {
          expr: maxOf("deskwatch_ingest_lag_records", ["topic", "partition"]),
          legend: "{{topic}}/{{partition}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Insert time",
      description: "Time to store one range of records.",
      unit: "s",
      targets: [
        { expr: quantileOf(0.5, "deskwatch_ingest_insert_seconds"), legend: "median" },
        { expr: quantileOf(0.99, "deskwatch_ingest_insert_seconds"), legend: "99 %" },
      ],
    },
    {
      kind: "timeseries",
      title: "Records per insert",
      description: "Small ranges under load mean many small parts in ClickHouse.",
      unit: "short",
      targets: [{ expr: quantileOf(0.5, "deskwatch_ingest_batch_rows"), legend: "median" }],
    },
    {
      kind: "timeseries",
      title: "Links in the log",
      description: "Links of the ledger that the signed log holds: one for each range of records.",
      unit: "short",
      targets: [{ expr: maxOf("deskwatch_ledger_entries"), legend: "links" }],
    },
    {
      kind: "timeseries",
      title: "Witnesses",
      description: "Entries of the newest head that each witness holds; should follow the log.",
      unit: "short",
      targets: [
        { expr: maxOf("deskwatch_ledger_witnessed_entries", ["witness"]), legend: "{{witness}}" },
      ],
    },
    {
      kind: "timeseries",
      title: "Heads refused",
      description:
        "Heads that a witness did not take, by reason. A conflict means a cut or a fork.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_ledger_witness_refusals_total", "1h", ["witness", "reason"]),
          legend: "{{witness}} {{reason}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Notary",
      description: "Processes that sign the log, which should be 1, and rounds that failed.",
      unit: "short",
      targets: [
        { expr: sumOf("deskwatch_ledger_notary"), legend: "notaries" },
        { expr: increaseOf("deskwatch_ledger_notary_errors_total", "1h"), legend: "failed in 1 h" },
      ],
    },
    {
      kind: "timeseries",
      title: "Bytes read",
      description: "Bytes of records that left an outcome.",
      unit: "Bps",
      targets: [{ expr: rateOf("deskwatch_ingest_bytes_total"), legend: "bytes" }],
    },
    {
      kind: "timeseries",
      title: "Records and ids in memory",
      description:
        "Records read and not yet stored: reading pauses at the high-water mark. Event ids known to the duplicate check.",
      unit: "short",
      targets: [
        { expr: sumOf("deskwatch_ingest_buffered_records"), legend: "records" },
        { expr: sumOf("deskwatch_ingest_known_event_ids"), legend: "event ids" },
      ],
    },
    {
      kind: "timeseries",
      title: "Doubtful inserts and restarts",
      description:
        "Ranges read back after an unknown outcome, surplus rows, and consumer crashes, per hour.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_ingest_reconciles_total", "1h", ["result"]),
          legend: "read back: {{result}} missing",
        },
        { expr: increaseOf("deskwatch_ingest_surplus_rows_total", "1h"), legend: "surplus rows" },
        {
          expr: increaseOf("deskwatch_kafka_consumer_restarts_total", "1h", ["group"]),
          legend: "restart: {{group}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Late and lost records",
      description:
        "Events behind their source's newest, offsets that the broker no longer had, and those that a restored store lacked.",
      unit: "short",
      targets: [
        { expr: increaseOf("deskwatch_ingest_late_events_total", "1h"), legend: "late" },
        {
          expr: increaseOf("deskwatch_ingest_gap_records_total", "1h", ["topic"]),
          legend: "lost: {{topic}}",
        },
        {
          expr: increaseOf("deskwatch_ingest_fallen_back_records_total", "1h", ["topic"]),
          legend: "read again after a restore: {{topic}}",
        },
      ],
    },
  ],
};

export const overviewSection: Section = {
  title: "Overview",
  panels: [
    {
      kind: "stat",
      title: "Ingest halted",
      description:
        "1 while ingest stands still on purpose because too many records are dead letters.",
      unit: "short",
      redFrom: 1,
      targets: [{ expr: maxOf("deskwatch_ingest_halted"), legend: "halted" }],
    },
    {
      kind: "stat",
      title: "Log signed",
      description: "Time since the ledger's log was last signed. Grows while nothing is stored.",
      unit: "s",
      targets: [{ expr: ageOf("deskwatch_ledger_signed_timestamp_seconds"), legend: "age" }],
    },
    {
      kind: "stat",
      title: "Forged",
      description:
        "Links, and chains of statements, that no holder of the key has written: somebody else writes to the store.",
      unit: "short",
      redFrom: 1,
      targets: [
        { expr: maxOf("deskwatch_ledger_forged_links"), legend: "links" },
        { expr: maxOf("deskwatch_ledger_forged_statements"), legend: "statements" },
      ],
    },
    {
      kind: "stat",
      title: "Newest event",
      description: "Age of the newest event in the audit trail, by the event's own clock.",
      unit: "s",
      redFrom: 3_600,
      targets: [{ expr: ageOf("deskwatch_ingest_newest_event_timestamp_seconds"), legend: "age" }],
    },
    {
      kind: "stat",
      title: "Dead letters",
      description: "Share of records that could not become an event.",
      unit: "percentunit",
      redFrom: 0.05,
      targets: [
        {
          expr: shareOf("deskwatch_ingest_outcomes_total", "kind", "dead_letter"),
          legend: "share",
        },
      ],
    },
    {
      kind: "stat",
      title: "Alerts, 24 hours",
      description: "Alerts raised in the last day, all lanes.",
      unit: "short",
      targets: [{ expr: increaseOf("deskwatch_detect_alerts_total", "24h"), legend: "alerts" }],
    },
    {
      kind: "stat",
      title: "Alert budget spent",
      description: "Statistical alerts over those that the false-alarm budget allows, last 7 days.",
      unit: "percentunit",
      redFrom: 1.5,
      targets: [{ expr: maxOf("deskwatch_detect_budget_spent_ratio"), legend: "spent" }],
    },
    {
      kind: "stat",
      title: "Deliveries waiting",
      description: "Notifications that no sink has accepted yet.",
      unit: "short",
      redFrom: 1,
      targets: [{ expr: sumOf("deskwatch_hook_pending_deliveries"), legend: "waiting" }],
    },
  ],
};
