import fc from "fast-check";
import { deliveryActions } from "../../../../api/hooks/outbox.ts";
import { isRoutingKey, pagerDutyBody, readAnswer } from "../../../../api/hooks/pagerduty.ts";
import { type Alert, severities } from "../../../../detectors/alert.ts";
import { alertExample } from "../../../fixtures/api/alert-example.ts";

const context = {
  routingKey: "0123456789abcdef0123456789ABCDEF",
  publicUrl: "https://desk.example",
};
const bodyOf = (alert: Alert) => JSON.parse(pagerDutyBody("trigger", alert, context));

/** Also strings that JSON makes six times as long. */
const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: "binary", maxLength }),
    fc.nat(maxLength).map((length) => "\u0001".repeat(length)),
    fc.nat(maxLength).map((length) => "\ud83d\ude00".repeat(length / 2)),
  );
const texts = (maxLength: number) => fc.array(text(maxLength), { maxLength: 100 });
const anyAlert = fc
  .record({
    alert_id: text(300),
    title: text(200),
    explanation: text(200_000),
    agent_id: fc.option(text(256)),
    agent_ids: texts(256),
    session_ids: texts(256),
    detectors: texts(256).filter((list) => list.length > 0),
    evidence: texts(128),
    severity: fc.constantFrom(...severities),
    reasons: fc.array(
      fc.record({
        detector: text(256),
        observed: fc.double({ noNaN: true, noDefaultInfinity: true }),
        expected: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
        unit: text(5_000),
        summary: text(5_000),
      }),
      { minLength: 1, maxLength: 200 },
    ),
  })
  .map((change) => alertExample(change));

describe("PagerDuty events", () => {
  it("keep every documented limit for any alert", () => {
    fc.assert(
      fc.property(anyAlert, fc.constantFrom(...deliveryActions), (alert, action) => {
        const body = pagerDutyBody(action, alert, context);
        expect(Buffer.byteLength(body)).toBeLessThan(512 * 1024);
        const event = JSON.parse(body);
        expect(event.dedup_key.length).toBeLessThanOrEqual(255);
        if (action !== "trigger") {
          expect(Object.keys(event).sort()).toEqual(["dedup_key", "event_action", "routing_key"]);
          return;
        }
        const { summary, severity } = event.payload;
        expect(summary.length).toBeGreaterThan(0);
        expect(summary.length).toBeLessThanOrEqual(1_024);
        expect(["critical", "error", "warning", "info"]).toContain(severity);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["info", "info"],
    ["low", "info"],
    ["medium", "warning"],
    ["high", "error"],
    ["critical", "critical"],
  ] as const)("say %s as %s", (severity, said) => {
    expect(bodyOf(alertExample({ severity })).payload.severity).toBe(said);
  });

  it("link to the alert, or to nothing when nobody said where the API is", () => {
    const alert = alertExample({ alert_id: "a/1" });
    expect(bodyOf(alert).links[0].href).toBe("https://desk.example/v1/alerts/a%2F1");
    const bare = JSON.parse(pagerDutyBody("trigger", alert, { ...context, publicUrl: "" }));
    expect([bare.links, bare.client_url]).toEqual([undefined, undefined]);
  });

  it.each([
    { status: 202, after: undefined, result: { kind: "accepted", detail: "http_202" } },
    { status: 400, after: undefined, result: { kind: "refused", detail: "http_400" } },
    { status: 429, after: "7", result: { kind: "retry", detail: "http_429", retryAfterMs: 7_000 } },
    {
      status: 500,
      after: undefined,
      result: { kind: "retry", detail: "http_500", retryAfterMs: 0 },
    },
    { status: 503, after: "soon", result: { kind: "retry", detail: "http_503", retryAfterMs: 0 } },
    {
      status: 200,
      after: undefined,
      result: { kind: "retry", detail: "http_200", retryAfterMs: 0 },
    },
    {
      status: 403,
      after: undefined,
      result: { kind: "retry", detail: "http_403", retryAfterMs: 0 },
    },
    {
      status: 429,
      after: "Thu, 01 Jan 1970 00:01:40 GMT",
      result: { kind: "retry", detail: "http_429", retryAfterMs: 60_000 },
    },
  ])("read $status with Retry-After $after", ({ status, after, result }) => {
    expect(readAnswer(status, after, 40_000)).toEqual(result);
  });

  it.each([
    ["0123456789abcdef0123456789ABCDEF", true],
    ["R123456789abcdef0123456789ABCDEF", true],
    ["0123456789abcdef0123456789ABCDE", false],
    ["0123456789abcdef0123456789ABCDEF0", false],
    ["0123456789abcdef 123456789ABCDEF", false],
  ])("tell the routing key %s: %s", (key, good) => {
    expect(isRoutingKey(key)).toBe(good);
  });
});
