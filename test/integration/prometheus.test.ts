/** Rules, dashboard and exposition, judged by Prometheus itself. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { metricCatalogue } from "../../ingest/runtime/metric-catalogue.ts";
import { createMetrics, type Metrics } from "../../ingest/runtime/metrics.ts";
import { panelQueries, ruleQueries } from "../helpers/dashboard-queries.ts";
import { type Sample, withPrometheus } from "../helpers/prometheus-server.ts";
import { describeWith } from "../helpers/requires.ts";

const program = "promtool";
jest.setTimeout(120_000);

const folder = join(__dirname, "../../dashboards/prometheus");

/** Fails with promtool's own words when it objects. */
function promtool(args: readonly string[], input = ""): string {
  return execFileSync(program, args, { cwd: folder, input, encoding: "utf8" });
}

describeWith("prometheus", "what promtool says", () => {
  it("the rules are well formed", () => {
    expect(promtool(["check", "rules", "deskwatch.rules.yaml"])).toContain("SUCCESS");
  });

  it("the example configuration is well formed and loads the rules", () => {
    expect(promtool(["check", "config", "prometheus.yaml"])).toContain("1 rule files found");
  });

  it("every alert fires when it should and stays quiet otherwise", () => {
    expect(promtool(["test", "rules", "deskwatch.rules.test.yaml"])).toContain("SUCCESS");
  });

  it("the exposition breaks no naming rule", async () => {
    const metrics = createMetrics();
    touchEverySeries(metrics);
    // promtool ends with 3 and a line for each objection.
    expect(promtool(["check", "metrics"], await metrics.registry.metrics())).toBe("");
  });
});

describeWith("prometheus", "a Prometheus that scrapes every metric of the catalogue", () => {
  it("answers every panel and every recording with finite numbers, and every alert without error", async () => {
    await withTarget(async (target) => {
      await withPrometheus(target, async (prometheus) => {
        await prometheus.until("count_over_time(deskwatch_build_info[1m]) > 6");
        const recordings = ruleQueries().recordings;
        for (const { name } of recordings) await prometheus.until(name);
        const queries = [...panelQueries("5s"), ...recordings];
        const answers = await Promise.all(queries.map(({ expr }) => prometheus.query(expr)));
        expect(queries.filter((_, index) => !allFinite(answers[index] ?? []))).toEqual([]);
        await Promise.all(ruleQueries().alerts.map(({ expr }) => prometheus.query(expr)));
      });
    });
  });
});

const allFinite = (samples: readonly Sample[]) =>
  samples.length > 0 && samples.every(({ value }) => Number.isFinite(value));

/** Serves the whole catalogue; everything that can grow grows with every scrape. */
async function withTarget(body: (target: string) => Promise<void>): Promise<void> {
  const metrics = createMetrics();
  const server = createServer((_request, response) => {
    touchEverySeries(metrics);
    metrics.registry.metrics().then(
      (text) => response.setHeader("content-type", metrics.registry.contentType).end(text),
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  try {
    if (address === null || typeof address === "string") throw new Error("no port");
    await body(`127.0.0.1:${address.port}`);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

/** The label values that rules and panels select by; any other label gets its own name. */
const labelValues: Readonly<Record<string, readonly string[]>> = {
  kind: ["event", "dead_letter", "skip"],
  status_class: ["2xx", "5xx"],
};

function touchEverySeries({ registry }: Metrics): void {
  for (const [name, row] of Object.entries(metricCatalogue)) {
    const metric = registry.getSingleMetric(name);
    for (const labels of labelSets(row.labels)) touch(metric, labels);
  }
}

function touch(metric: ReturnType<Registry["getSingleMetric"]>, labels: Record<string, string>) {
  if (metric instanceof Histogram) metric.observe(labels, 0.2);
  else if (metric instanceof Counter || metric instanceof Gauge) metric.inc(labels, 1);
  else throw new TypeError("a metric of the catalogue is not registered");
}

function labelSets(labels: readonly string[]): readonly Record<string, string>[] {
  return labels.reduce<readonly Record<string, string>[]>(
    (sets, label) =>
      (labelValues[label] ?? [label]).flatMap((value) =>
        sets.map((set) => ({ ...set, [label]: value })),
      ),
    [{}],
  );
}
