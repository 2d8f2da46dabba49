/** The API and the hooks. */
import type { Section } from "./panel.ts";
import { increaseOf, maxOf, quantileOf, rateOf, sumOf } from "./query.ts";

export const serviceSection: Section = {
  title: "API and hooks",
  panels: [
    {
      kind: "timeseries",
      title: "Requests",
      description: "Requests answered, by status class.",
      unit: "reqps",
      targets: [
        {
          expr: rateOf("deskwatch_http_requests_total", ["status_class"]),
          legend: "{{status_class}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Time to answer",
      description: "99 % of requests are answered within this time, by route.",
      unit: "s",
      targets: [
        {
          expr: quantileOf(0.99, "deskwatch_http_request_seconds", ["route"]),
          legend: "{{route}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Deliveries",
      description: "Delivery attempts per hour, by sink and result.",
      unit: "short",
      targets: [
        {
          expr: increaseOf("deskwatch_hook_deliveries_total", "1h", ["sink", "action", "result"]),
          legend: "{{sink}} {{action}}: {{result}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Deliveries waiting, by sink",
      description: "Should return to zero; a sink that stays above refuses or cannot be reached.",
      unit: "short",
      targets: [{ expr: sumOf("deskwatch_hook_pending_deliveries", ["sink"]), legend: "{{sink}}" }],
    },
    {
      kind: "timeseries",
      title: "Versions",
      description: "Running processes by version.",
      unit: "short",
      targets: [{ expr: maxOf("deskwatch_build_info", ["version"]), legend: "{{version}}" }],
    },
  ],
};
