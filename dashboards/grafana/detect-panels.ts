/** Detection: what is scored, what is found, and how fast. */
import { templates } from "../../detectors/engine/explained.ts";
import type { Section } from "./panel.ts";
import { ageOf, increaseOf, maxOf, quantileOf, rateOf, shareOf } from "./query.ts";

export const detectSection: Section = {
  title: "Detection and alerts",
  panels: [
    {
      kind: "timeseries",
      title: "Alerts by severity",
      description: "Alerts raised per hour.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_detect_alerts_total", "1h", ["lane", "severity"]),
          legend: "{{severity}} ({{lane}})",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Alerts by leading detector",
      description: "Alerts raised per hour, by the detector with the strongest evidence.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_detect_alerts_total", "1h", ["detector"]),
          legend: "{{detector}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Alerts that page nobody",
      description: "Alerts raised per hour under a suppression, by leading detector.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_detect_suppressed_total", "1h", ["detector"]),
          legend: "{{detector}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Detectors in the shadow",
      description:
        "What detectors on trial would say, per hour: closed windows by how rare they score them, where each step is a tenth of the one before if they are calibrated; and facts found.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_detect_shadow_scores_total", "1h", ["detector", "rarity"]),
          legend: "{{detector}}, {{rarity}}",
        },
        {
          expr: increaseOf("deskwatch_detect_shadow_findings_total", "1h", ["detector"]),
          legend: "{{detector}}, facts",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Analysts' rules at a bound",
      description:
        "What analysts' own rules did not count, per hour: groups or counted accesses beyond a bound, accesses that came more than a timespan late, values of one access beyond a bound; subjects whom an alert does not tell as exposed.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_detect_sigma_bounds_total", "1h", ["bound"]),
          legend: "{{bound}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Verdicts learnt",
      description:
        "Analysts' verdicts that detection took in per hour, by what they said; windows that were learnt for good at the bound of their agent before anybody had judged them.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_detect_verdicts_total", "1h", ["result"]),
          legend: "{{result}}",
        },
        {
          expr: increaseOf("deskwatch_detect_lessons_settled_early_total", "1h"),
          legend: "settled early",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Findings",
      description: "Findings per hour. Many findings and no alert are ordinary.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_detect_findings_total", "1h", ["detector"]),
          legend: "{{detector}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "From event to alert",
      description: "From the tipping event's own time to the stored alert; live sources only.",
      unit: "s",
      targets: [
        { expr: quantileOf(0.5, "deskwatch_detect_event_to_alert_seconds"), legend: "median" },
        { expr: quantileOf(0.95, "deskwatch_detect_event_to_alert_seconds"), legend: "95 %" },
      ],
    },
    {
      kind: "timeseries",
      title: "Events scored",
      description: "Events that the engine scored, by kind.",
      unit: "cps",
      targets: [
        { expr: rateOf("deskwatch_detect_events_total", ["event_kind"]), legend: "{{event_kind}}" },
      ],
    },
    {
      kind: "timeseries",
      title: "Records behind detection",
      description: "Records in each partition that are not scored yet. Should return to zero.",
      unit: "short",
      targets: [
        {
          expr: maxOf("deskwatch_detect_lag_records", ["topic", "partition"]),
          legend: "{{topic}}/{{partition}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Age of the newest scored event",
      description: "Far above the newest stored event's age: detection is behind or stands still.",
      unit: "s",
      targets: [
        { expr: ageOf("deskwatch_detect_watermark_timestamp_seconds"), legend: "scored" },
        { expr: ageOf("deskwatch_ingest_newest_event_timestamp_seconds"), legend: "stored" },
      ],
    },
    {
      kind: "timeseries",
      title: "Accesses explained by work",
      description:
        "Share of exposing accesses by what explains them. Self-opened tickets, tickets in the hands of others and nothing are no explanation.",
      unit: "percentunit",
      targets: templates.map((template) => ({
        expr: shareOf("deskwatch_detect_accesses_total", "template", template),
        legend: template.replaceAll("_", " "),
      })),
    },
    {
      kind: "timeseries",
      title: "How far agents are known",
      description:
        "Agents by detector: cold, while their own past carries less than a fifth of what they are held against and their peers the rest; ready, from one half on.",
      unit: "short",
      targets: [
        {
          expr: maxOf("deskwatch_detect_learning_agents", ["detector", "state"]),
          legend: "{{detector}} ({{state}})",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Robots",
      description:
        "Accounts that work day and night as no person does. One more than there are scripts is worth a look.",
      unit: "short",
      targets: [{ expr: maxOf("deskwatch_detect_robot_agents"), legend: "accounts" }],
    },
    {
      kind: "timeseries",
      title: "Silent consoles",
      description:
        "Consoles whose accesses stay away while agents answer tickets, calls and chats. Should be zero.",
      unit: "short",
      targets: [{ expr: maxOf("deskwatch_detect_silent_consoles"), legend: "consoles" }],
    },
    {
      kind: "timeseries",
      title: "Keyed states",
      description: "States in memory by lane, and those dropped at their bound per hour.",
      unit: "short",
      targets: [
        { expr: maxOf("deskwatch_detect_state_keys", ["detector"]), legend: "{{detector}}" },
        {
          expr: increaseOf("deskwatch_detect_state_evictions_total", "1h", ["detector"]),
          legend: "dropped: {{detector}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Snapshots and duplicates",
      description:
        "Time to write a snapshot; snapshots found damaged, and plans in them unreadable, per hour; events scored before that came again, per second.",
      unit: "short",
      targets: [
        { expr: quantileOf(0.99, "deskwatch_detect_snapshot_seconds"), legend: "snapshot 99 %, s" },
        {
          expr: increaseOf("deskwatch_detect_snapshots_damaged_total", "1h"),
          legend: "damaged",
        },
        {
          expr: increaseOf("deskwatch_detect_plans_unreadable_total", "1h"),
          legend: "plan unreadable",
        },
        { expr: rateOf("deskwatch_detect_duplicate_events_total"), legend: "duplicates a second" },
        {
          expr: rateOf("deskwatch_detect_held_back_total"),
          legend: "partitions held back a second",
        },
      ],
    },
  ],
};
