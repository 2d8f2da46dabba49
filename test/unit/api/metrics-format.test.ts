import { preferredFormat } from "../../../api/routes/metrics.ts";
import { apiOver, noStore } from "../../fixtures/api/api-harness.ts";

const ofPrometheus =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
  "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4," +
  "text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

describe("/metrics", () => {
  it.each([
    { accept: undefined, format: "text" },
    { accept: "*/*", format: "text" },
    { accept: "text/plain", format: "text" },
    { accept: "application/openmetrics-text", format: "openmetrics" },
    { accept: "application/openmetrics-text; version=1.0.0; charset=utf-8", format: "openmetrics" },
    { accept: "application/openmetrics-text; version=0.0.1", format: "text" },
    { accept: "application/openmetrics-text;q=0.2, text/plain;q=0.3", format: "text" },
    {
      accept: "text/plain;version=0.0.4;q=0.3,application/openmetrics-text;q=0.8",
      format: "openmetrics",
    },
    { accept: "application/openmetrics-text;q=0, */*", format: "text" },
    { accept: ofPrometheus, format: "openmetrics" },
  ])("answers Accept: $accept with $format", ({ accept, format }) => {
    expect(preferredFormat(accept)).toBe(format);
  });

  it("keeps both formats what they are, rendered in turn and at once", async () => {
    const api = apiOver(noStore);
    await api.call("get", "/v1/detectors");
    const get = (accept: string) => api.call("get", "/metrics", { headers: { Accept: accept } });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        get(index % 2 === 0 ? "application/openmetrics-text" : "text/plain"),
      ),
    );
    for (const [index, { headers, text }] of answers.entries()) {
      const openmetrics = index % 2 === 0;
      expect(headers["content-type"]).toBe(
        openmetrics
          ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
          : "text/plain; version=0.0.4; charset=utf-8",
      );
      expect(text.endsWith("# EOF\n")).toBe(openmetrics);
      const name = `deskwatch_http_requests${openmetrics ? "" : "_total"}`;
      expect(text).toContain(`# TYPE ${name} counter\n`);
      expect(text).toContain(
        'deskwatch_http_requests_total{route="/v1/detectors",method="GET",status_class="2xx"} 1',
      );
    }
  });

  it("counts by route template, and what no route answers under one name", async () => {
    const api = apiOver(noStore);
    await api.call("get", "/v1/alerts/a-secret-id");
    await api.call("get", "/v1/made-up-path");
    const text = await api.metrics();
    expect(text).toContain('route="/v1/alerts/{alert_id}",method="GET",status_class="5xx"} 1');
    expect(text).toContain('route="unmatched",method="GET",status_class="4xx"} 1');
    expect(text).not.toMatch(/secret-id|made-up/);
  });
});
