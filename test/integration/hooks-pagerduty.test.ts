import { startHook } from "../../api/hooks/hook.ts";
import { storeAlerts } from "../../detectors/store/alert-store.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { ConfigError } from "../../ingest/runtime/config.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { alertExample } from "../fixtures/api/alert-example.ts";
import { configOf, startAt } from "../fixtures/api/hook-config.ts";
import { actionsOf, minuteMs, withScene } from "../fixtures/api/hook-scene.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(60_000);

describe("the PagerDuty hook", () => {
  it("triggers each alert at or above the least severity once, with the alert's id as its key", () =>
    withScene(async ({ server, pass, raise }) => {
      await raise({ alert_id: "a-low", severity: "low" });
      await raise({ alert_id: "a-medium", severity: "medium" });
      await raise({ alert_id: "a-critical", severity: "critical" });
      for (let index = 0; index < 3; index += 1) await pass();
      expect(actionsOf(server).sort()).toEqual(["trigger a-critical", "trigger a-medium"]);
      expect(server.violations).toEqual([]);
      expect(server.calls[0]?.event.links?.[0]?.href).toMatch(
        /^https:\/\/desk\.example\/v1\/alerts\/a-/,
      );
    }));

  it("acknowledges and resolves with the alert, each once and in order", () =>
    withScene(async ({ server, pass, raise, decide, states }) => {
      await raise();
      await pass();
      await decide("a-1", 1, "acknowledged");
      await pass();
      await pass();
      await decide("a-1", 2, "resolved");
      await pass();
      await decide("a-1", 3, "open");
      await pass();
      expect(actionsOf(server)).toEqual(["trigger a-1", "acknowledge a-1", "resolve a-1"]);
      expect(server.incidents.get("a-1")).toBe("resolved");
      expect(server.violations).toEqual([]);
      expect(await states()).toEqual([
        { alert_id: "a-1", action: "trigger", state: "accepted", attempts: 1 },
        { alert_id: "a-1", action: "acknowledge", state: "accepted", attempts: 1 },
        { alert_id: "a-1", action: "resolve", state: "accepted", attempts: 1 },
      ]);
    }));

  it("retries 429, 5xx, a broken connection and a stranger's 200 until the trigger is accepted, then resolves", () =>
    withScene(async ({ server, pass, raise, decide, advance, metrics }) => {
      server.script.push({ status: 500 }, { status: 429, retryAfter: "600" }, "reset", {
        status: 200,
      });
      await raise();
      await decide("a-1", 1, "resolved");
      await pass();
      await pass();
      expect(actionsOf(server)).toEqual(["trigger a-1"]);
      advance(minuteMs);
      await pass();
      advance(9 * minuteMs);
      await pass();
      expect(server.calls).toHaveLength(2);
      for (let index = 0; index < 5; index += 1) {
        advance(20 * minuteMs);
        await pass();
      }
      expect(actionsOf(server)).toEqual([
        ...Array.from({ length: 5 }, () => "trigger a-1"),
        "resolve a-1",
      ]);
      expect(server.violations).toEqual([]);
      const text = await metrics();
      const line = 'deskwatch_hook_deliveries_total{sink="pagerduty",action="trigger",result=';
      expect(text).toContain(`${line}"retry"} 4`);
      expect(text).toContain(`${line}"accepted"} 1`);
      expect(text).toContain('deskwatch_hook_pending_deliveries{sink="pagerduty"} 0');
    }));

  it("does not repeat what was refused, counts it, and sends nothing more for that alert", () =>
    withScene(async ({ server, pass, raise, decide, advance, metrics }) => {
      server.script.push({ status: 400 });
      await raise();
      await pass();
      await decide("a-1", 1, "resolved");
      advance(60 * minuteMs);
      await pass();
      expect(actionsOf(server)).toEqual(["trigger a-1"]);
      expect(await metrics()).toContain('action="trigger",result="refused"} 1');
    }));

  it("calls a sink that is down ever more rarely, and reaches every alert when it is back", () =>
    withScene(async ({ server, pass, raise, advance }) => {
      server.script.push({ status: 503 }, { status: 503 }, { status: 503 });
      for (let index = 0; index < 5; index += 1) await raise({ alert_id: `a-${index}` });
      const calls: number[] = [];
      for (let second = 0; second < 4; second += 1) {
        await pass();
        await pass();
        calls.push(server.calls.length);
        advance(1_000);
      }
      // Pauses of one, two and four seconds.
      expect(calls).toEqual([1, 2, 2, 3]);
      advance(2 * minuteMs);
      await pass();
      expect(server.incidents.size).toBe(5);
    }));

  it("leaves the sink alone for all alerts while it asks for that", () =>
    withScene(async ({ server, pass, raise, advance }) => {
      server.script.push({ status: 429, retryAfter: "90" });
      await raise({ alert_id: "a-0" });
      await raise({ alert_id: "a-1" });
      await pass();
      advance(89_000);
      await pass();
      expect(server.calls).toHaveLength(1);
      advance(1_000);
      await pass();
      expect(server.incidents.size).toBe(2);
    }));

  it("sends nothing for events that are too old, records and counts them as expired", () =>
    withScene(async ({ server, pass, raise, decide, advance, metrics }) => {
      advance(24 * 60 * minuteMs);
      for (let index = 0; index < 7; index += 1) await raise({ alert_id: `a-${index}` });
      await raise({ alert_id: "a-new", last_event_time: "2026-03-03T10:00:00.000Z" });
      await decide("a-0", 1, "resolved");
      await pass();
      await pass();
      expect(actionsOf(server)).toEqual(["trigger a-new"]);
      expect(await metrics()).toContain('action="trigger",result="expired"} 7');
    }));

  it("sends nothing of a back-filled history until something live is added to it", () =>
    withScene(async ({ server, pass, raise, states }) => {
      await raise({}, "backfill");
      await pass();
      expect([server.calls, await states()]).toEqual([[], []]);
      await raise({ risk: 80 });
      await pass();
      expect(actionsOf(server)).toEqual(["trigger a-1"]);
    }));

  it("makes at most 120 calls in any minute and the rest in the next", () =>
    withScene(async ({ store, server, pass, advance }) => {
      const revisions = Array.from({ length: 150 }, (_, index) => ({
        alert: alertExample({ alert_id: `a-${String(index).padStart(3, "0")}` }),
        revision: 1,
        origin: "live" as const,
      }));
      await storeAlerts(store.writer, revisions, epochMs(startAt));
      await pass();
      advance(59_000);
      await pass();
      expect(server.calls).toHaveLength(120);
      advance(1_000);
      await pass();
      expect(server.incidents.size).toBe(150);
      expect(server.calls).toHaveLength(150);
    }));

  it("works by itself once started, and a stop waits for the call that runs", () =>
    withScene(async ({ store, server, states }) => {
      const seconds = (ago: number) => new Date(systemClock.now() - ago * 1_000).toISOString();
      const alert = alertExample({ time: seconds(3), last_event_time: seconds(2) });
      const called = server.called();
      const hook = startHook({
        store,
        clock: systemClock,
        metrics: createMetrics(),
        log: createLog({ logLevel: "silent" }),
        config: configOf(server.url),
      });
      await storeAlerts(store.writer, [{ alert, revision: 1, origin: "live" }], systemClock.now());
      await called;
      await hook?.stop();
      expect(await states()).toEqual([
        { alert_id: "a-1", action: "trigger", state: "accepted", attempts: 1 },
      ]);
    }));

  it("is off without a key and refuses to start with one of another shape", () =>
    withScene(async ({ store }) => {
      const deps = {
        store,
        clock: { now: () => epochMs(startAt) },
        metrics: createMetrics(),
        log: createLog({ logLevel: "silent" }),
      };
      const config = configOf("http://127.0.0.1:9/");
      expect(
        startHook({ ...deps, config: { ...config, pagerdutyRoutingKey: "" } }),
      ).toBeUndefined();
      const short = { ...config, pagerdutyRoutingKey: "short" };
      expect(() => startHook({ ...deps, config: short })).toThrow(ConfigError);
    }));
});
