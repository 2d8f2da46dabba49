/** The dashboard and the rules over a running Deskwatch, scraped by a real Prometheus. */
import { panelQueries, ruleQueries } from "../helpers/dashboard-queries.ts";
import { withDemo } from "../helpers/demo-process.ts";
import { type Sample, withPrometheus } from "../helpers/prometheus-server.ts";
import { describeWith } from "../helpers/requires.ts";

jest.setTimeout(300_000);

/** What a demo of a minute has not: a broker, a hook, a witness, a fault, and the snapshot of its 50,000th live event. */
const rightlySilent =
  /deskwatch_(kafka_|hook_|ledger_witness|ingest_(lag_records|gap_|fallen_|reconciles_)|detect_(lag_records|learning_|shadow_|state_evictions_|snapshot_))/;

const allFinite = (samples: readonly Sample[]) =>
  samples.length > 0 && samples.every(({ value }) => Number.isFinite(value));

describeWith("prometheus", "a Prometheus that scrapes the demo", () => {
  it("sees a misuse fired by hand, and fills every panel; no alert of the rules fires", async () => {
    await withDemo(async (demo) => {
      await withPrometheus(demo.address, async (prometheus) => {
        await prometheus.until("count_over_time(deskwatch_build_info[1m]) > 4");
        expect(demo.command("simulate", "canary-touch").code).toBe(0);
        await prometheus.until('deskwatch_detect_alerts_total{detector="canary"} > 0');
        await prometheus.until("increase(deskwatch_detect_event_to_alert_seconds_count[1m]) > 0");
        const panels = panelQueries("1m").filter(({ expr }) => !rightlySilent.test(expr));
        const answers = await Promise.all(panels.map(({ expr }) => prometheus.query(expr)));
        expect(panels.filter((_, index) => !allFinite(answers[index] ?? []))).toEqual([]);
        const { alerts, recordings } = ruleQueries();
        const all = [...panelQueries("1m"), ...recordings, ...alerts];
        await Promise.all(all.map(({ expr }) => prometheus.query(expr)));
        expect(await prometheus.query('ALERTS{alertstate="firing"}')).toEqual([]);
      });
    });
  });
});
