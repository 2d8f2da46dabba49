/**
 * The dashboard "Deskwatch: pipeline and alerts" in Grafana's Classic JSON (schema version 42). The committed
 * file dashboards/deskwatch.json is `dashboardText()`; a test holds the two together and says how to write it.
 */
import { detectSection } from "./detect-panels.ts";
import { ingestSection, overviewSection } from "./ingest-panels.ts";
import { datasource, layOut } from "./panel.ts";
import { retentionSection } from "./retention-panels.ts";
import { serviceSection } from "./service-panels.ts";

/** A variable that lists a label's values among the series of one metric. */
const labelVariable = (name: string, query: string) => ({
  name,
  label: name,
  type: "query",
  datasource,
  query: { query, refId: `${name}-values` },
  definition: query,
  multi: true,
  includeAll: true,
  allValue: ".+",
  current: { text: "All", value: "$__all" },
  // On time range change: an instance that is gone should not be offered.
  refresh: 2,
  sort: 1,
});

export const pipelineDashboard = {
  uid: "deskwatch-pipeline",
  title: "Deskwatch: pipeline and alerts",
  description:
    "Whether every event arrives, is scored, and leads to an alert that reaches a person.",
  tags: ["deskwatch"],
  schemaVersion: 42,
  version: 1,
  editable: false,
  graphTooltip: 1,
  refresh: "30s",
  time: { from: "now-6h", to: "now" },
  timezone: "browser",
  annotations: { list: [] },
  links: [],
  templating: {
    list: [
      {
        name: "datasource",
        label: "Data source",
        type: "datasource",
        query: "prometheus",
        current: {},
      },
      labelVariable("job", "label_values(deskwatch_build_info, job)"),
      labelVariable("instance", 'label_values(deskwatch_build_info{job=~"$job"}, instance)'),
    ],
  },
  panels: layOut([overviewSection, ingestSection, retentionSection, detectSection, serviceSection]),
};

/** The file's content, before formatting. */
export const dashboardText = (): string => `${JSON.stringify(pipelineDashboard, null, 2)}\n`;
