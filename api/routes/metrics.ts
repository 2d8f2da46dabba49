/**
 * `/metrics`: the registry in the text format, or as OpenMetrics where the scraper prefers it.
 */
import { type OpenMetricsContentType, Registry } from "prom-client";
import { z } from "zod";
import type { Role } from "../auth/role.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";

export type Format = "text" | "openmetrics";

const contentTypes = {
  text: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
} as const;

interface MediaRange {
  readonly type: string;
  /** Empty: any. */
  readonly version: string;
  /** 0 to 1; 0: not acceptable. */
  readonly quality: number;
}

/** OpenMetrics 1.0.0 when no form of the text format is preferred to it; text otherwise. */
export function preferredFormat(accept: string | undefined): Format {
  const ranges = (accept ?? "").slice(0, 4_096).split(",").map(mediaRange);
  const best = (fits: (range: MediaRange) => boolean) =>
    Math.max(0, ...ranges.filter(fits).map(({ quality }) => quality));
  const openmetrics = best(
    ({ type, version }) =>
      type === "application/openmetrics-text" && (version === "" || version === "1.0.0"),
  );
  const text = best(
    ({ type, version }) => textTypes.has(type) && (version === "" || version === "0.0.4"),
  );
  return openmetrics > 0 && openmetrics >= text ? "openmetrics" : "text";
}

const textTypes: ReadonlySet<string> = new Set(["text/plain", "text/*", "*/*"]);

function mediaRange(part: string): MediaRange {
  const [type = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
  const parameter = (name: string) =>
    parameters.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  const quality = Number(parameter("q") ?? "1");
  return {
    type,
    version: (parameter("version") ?? "").replaceAll('"', ""),
    quality: Number.isFinite(quality) ? quality : 0,
  };
}

export type Render = (format: Format) => Promise<string>;

/**
 * prom-client renders OpenMetrics by renaming the counters, which both registries share, for good. So
 * renders take turns, and each one puts the names back; the two formats then stay what they are however
 * they alternate.
 */
export function createRender(registry: Registry): Render {
  const openmetrics = openMetricsTwin(registry);
  let last: Promise<unknown> = Promise.resolve();
  return (format) => {
    const rendered = last.then(() =>
      keepingNames(registry, () => (format === "text" ? registry : openmetrics).metrics()),
    );
    last = rendered.catch(() => undefined);
    return rendered;
  };
}

/** The same metric objects under the other content type. */
function openMetricsTwin(registry: Registry): Registry<OpenMetricsContentType> {
  const twin = new Registry<OpenMetricsContentType>();
  twin.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const { name } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name);
    if (metric !== undefined) twin.registerMetric(metric);
  }
  return twin;
}

async function keepingNames(registry: Registry, render: () => Promise<string>): Promise<string> {
  const named = registry.getMetricsAsArray().map((metric) => ({ metric, name: metric.name }));
  try {
    return await render();
  } finally {
    for (const { metric, name } of named) metric.name = name;
  }
}

interface MetricsDeps {
  readonly render: Render;
  readonly metricsRequireKey: boolean;
}

export function metricsRoute({ render, metricsRequireKey }: MetricsDeps): Route {
  const role: Role | "none" = metricsRequireKey ? "viewer" : "none";
  return defineRoute({
    method: "get",
    path: "/metrics",
    summary: "Prometheus metrics",
    role,
    params: noParams,
    query: z.object({}),
    body: noBody,
    requestHeaders: { Accept: "application/openmetrics-text is answered as such." },
    replies: {
      200: {
        description: "The metrics, OpenMetrics where the caller prefers it.",
        textTypes: ["text/plain", "application/openmetrics-text"],
      },
    },
    problems: [],
    handle: async ({ headers }) => {
      const format = preferredFormat(headers.accept);
      return { kind: "text", contentType: contentTypes[format], body: await render(format) };
    },
  });
}
