/** The metrics of detection. */
import { type MetricRow, secondsCoarse, secondsFine } from "./metric-row.ts";

export const detectMetrics = {
  deskwatch_detect_events_total: {
    kind: "counter",
    help: "Events scored by the engine, by event kind.",
    labels: ["event_kind"],
  },
  deskwatch_detect_accesses_total: {
    kind: "counter",
    help: "Accesses that exposed somebody, by the template of work that explains them.",
    labels: ["template"],
  },
  deskwatch_detect_held_back_total: {
    kind: "counter",
    help: "Times that reading a partition was paused, as its share of what may wait for detection was full.",
    labels: [],
  },
  deskwatch_detect_duplicate_events_total: {
    kind: "counter",
    help: "Events that the engine had scored before.",
    labels: [],
  },
  deskwatch_detect_findings_total: {
    kind: "counter",
    help: "Findings, by detector.",
    labels: ["detector"],
  },
  deskwatch_detect_alerts_total: {
    kind: "counter",
    help: "Alerts raised, by leading detector, lane and severity.",
    labels: ["detector", "lane", "severity"],
  },
  deskwatch_detect_suppressed_total: {
    kind: "counter",
    help: "Alerts raised live under a suppression, which page nobody, by leading detector.",
    labels: ["detector"],
  },
  deskwatch_detect_shadow_findings_total: {
    kind: "counter",
    help: "Facts, crowds and pairs that detectors in the shadow found, which are no alerts.",
    labels: ["detector"],
  },
  deskwatch_detect_shadow_scores_total: {
    kind: "counter",
    help: "Closed windows as detectors in the shadow score them, each count and question, by how rare that is.",
    labels: ["detector", "rarity"],
  },
  deskwatch_detect_sigma_bounds_total: {
    kind: "counter",
    help: "What analysts' rules did not count: at a bound of groups, entries or values, or too late.",
    labels: ["bound"],
  },
  deskwatch_detect_verdicts_total: {
    kind: "counter",
    help: "Analysts' verdicts that detection learnt from, by what they said.",
    labels: ["result"],
  },
  deskwatch_detect_lessons_settled_early_total: {
    kind: "counter",
    help: "Windows whose alert nobody had judged yet that were learnt for good at the bound of their agent.",
    labels: [],
  },
  deskwatch_detect_budget_spent_ratio: {
    kind: "gauge",
    help: "Statistical alerts raised over the false-alarm budget allowed, last 7 days of event time.",
    labels: [],
  },
  deskwatch_detect_learning_agents: {
    kind: "gauge",
    help: "Agents by how far their own past carries what a detector holds them against, at the last snapshot.",
    labels: ["detector", "state"],
  },
  deskwatch_detect_robot_agents: {
    kind: "gauge",
    help: "Accounts that detection takes for robots, by the hours at which they work.",
    labels: [],
  },
  deskwatch_detect_silent_consoles: {
    kind: "gauge",
    help: "Consoles without accesses for three times as many replies, calls and chats as ever before.",
    labels: [],
  },
  deskwatch_detect_state_keys: {
    kind: "gauge",
    help: "Keyed states in memory, by lane.",
    labels: ["detector"],
  },
  deskwatch_detect_state_evictions_total: {
    kind: "counter",
    help: "Keyed states dropped at their bound, by lane.",
    labels: ["detector"],
  },
  deskwatch_detect_watermark_timestamp_seconds: {
    kind: "gauge",
    help: "Newest event time scored, seconds since 1970.",
    labels: [],
  },
  deskwatch_detect_lag_records: {
    kind: "gauge",
    help: "Records in the topic behind the newest scored one.",
    labels: ["topic", "partition"],
  },
  deskwatch_detect_snapshot_seconds: {
    kind: "histogram",
    help: "Time to write one snapshot.",
    labels: [],
    buckets: secondsFine,
  },
  deskwatch_detect_snapshots_damaged_total: {
    kind: "counter",
    help: "Snapshots that were not as saved, so that everything was scored again.",
    labels: [],
  },
  deskwatch_detect_plans_unreadable_total: {
    kind: "counter",
    help: "Starts that could not read under which parameters the last inputs were recorded.",
    labels: [],
  },
  deskwatch_detect_event_to_alert_seconds: {
    kind: "histogram",
    help: "From an alert's tipping event to the stored alert, live sources only.",
    labels: [],
    buckets: secondsCoarse,
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
