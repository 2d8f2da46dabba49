/** What is removed because it is too old, or because somebody has to be forgotten. */
import type { Section } from "./panel.ts";
import { ageOf, increaseOf, maxOf } from "./query.ts";

export const retentionSection: Section = {
  title: "Retention",
  panels: [
    {
      kind: "timeseries",
      title: "Rows retired",
      description: "Rows that retention removed in a day, by table.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_retention_retired_rows_total", "1d", ["table"]),
          legend: "{{table}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Passes failed",
      description: "Passes of retention that failed in a day; the next one goes on.",
      unit: "short",
      targets: [{ expr: increaseOf("deskwatch_retention_errors_total", "1d"), legend: "failed" }],
    },
    {
      kind: "timeseries",
      title: "Ranges left alone",
      description: "Ranges whose rows are not those that the ledger committed to: run verify.",
      unit: "short",
      redFrom: 1,
      targets: [{ expr: maxOf("deskwatch_retention_refused_links"), legend: "ranges" }],
    },
    {
      kind: "timeseries",
      title: "Last whole pass",
      description: "Time since retention last looked through every table; it does so every hour.",
      unit: "s",
      redFrom: 14_400,
      targets: [{ expr: ageOf("deskwatch_retention_passed_timestamp_seconds"), legend: "age" }],
    },
    {
      kind: "timeseries",
      title: "Erasures unfinished",
      description:
        "Subjects whose erasure was put down and whose key is still there: more than a minute of it, and the log says why.",
      unit: "short",
      redFrom: 1,
      targets: [{ expr: maxOf("deskwatch_erasure_unfinished_subjects"), legend: "subjects" }],
    },
  ],
};
