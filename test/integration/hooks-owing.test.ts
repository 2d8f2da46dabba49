import fc from "fast-check";
import { listOwing, storeDeliveries } from "../../api/hooks/delivery-store.ts";
import { type Deliveries, deliveryStates, nextDelivery } from "../../api/hooks/outbox.ts";
import { alertStatuses, severities } from "../../detectors/alert.ts";
import { storeAlerts } from "../../detectors/store/alert-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { applyRetention } from "../../ingest/clickhouse/retention.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { alertId, epochMs } from "../../ingest/vocabulary/brand.ts";
import { alertExample } from "../fixtures/api/alert-example.ts";
import { soon } from "../helpers/audit-store.ts";
import { everyLimit, retire } from "../helpers/retention.ts";
import { withStore } from "../helpers/store.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(60_000);

const now = epochMs(Date.parse("2026-03-02T10:06:00Z"));
const policy = { severityMin: "medium", ageMsMax: 86_400_000 } as const;
const actions = ["trigger", "acknowledge", "resolve"] as const;

const when = fc.integer({ min: -3_000_000, max: 3_000_000 }).map((ms) => epochMs(now + ms));
const anyDelivery = fc.record({
  state: fc.constantFrom(...deliveryStates),
  attempts: fc.integer({ min: 1, max: 9 }),
  nextAttemptAt: when,
});
const maybe = fc.option(anyDelivery, { nil: undefined });
const accepted = fc.record({
  state: fc.constant("accepted" as const),
  attempts: fc.integer({ min: 1, max: 9 }),
  nextAttemptAt: when,
});
const anyCase = fc.record({
  origin: fc.constantFrom("live" as const, "live" as const, "backfill" as const),
  suppressionId: fc.constantFrom("", "", "s1"),
  severity: fc.constantFrom(...severities),
  status: fc.constantFrom(...alertStatuses),
  // Half of them accepted, because only then the others matter.
  trigger: fc.oneof(maybe, accepted),
  acknowledge: maybe,
  resolve: maybe,
});
type Case = typeof anyCase extends fc.Arbitrary<infer Value> ? Value : never;

const deliveriesOf = (found: Case): Deliveries =>
  Object.fromEntries(
    actions.flatMap((action) => (found[action] === undefined ? [] : [[action, found[action]]])),
  );

/** The pure answer, as of the moment at which every alert's newest event happened. */
const owes = (found: Case): boolean => {
  const { origin, severity, status } = found;
  const suppressed = found.suppressionId !== "";
  const times = { lastEventAt: now, actedAt: now };
  const alert = { live: origin === "live", suppressed, severity, status, ...times };
  return nextDelivery(alert, deliveriesOf(found), now, policy).kind !== "none";
};

async function seed(store: Store, cases: readonly Case[]): Promise<void> {
  const revisions = cases.map(({ severity, origin, suppressionId }, index) => ({
    alert: alertExample({ alert_id: `a-${index}`, severity }),
    revision: 1,
    origin,
    suppressionId,
  }));
  await storeAlerts(store.writer, revisions, now);
  const acted = cases.map(({ status }, index) => ({
    alert_id: `a-${index}`,
    sequence: 1,
    status,
    at: now,
    deadline: soon(),
  }));
  await store.writer.insertRows(
    "alert_actions",
    acted.filter(({ status }) => status !== "open"),
  );
  const records = cases.flatMap((found, index) =>
    actions.flatMap((action) => {
      const delivery = found[action];
      const place = { sink: "pagerduty", alertId: alertId(`a-${index}`), action } as const;
      return delivery === undefined
        ? []
        : [{ ...place, ...delivery, detail: "test", updatedAt: now }];
    }),
  );
  await storeDeliveries(store.writer, records);
}

it("the store names exactly the alerts that owe something, with their deliveries", () =>
  withStore(async (store) => {
    const cases = fc.sample(anyCase, { numRuns: 600, seed: 20_260_302 });
    await seed(store, cases);
    const expected = new Map(
      cases.flatMap((found, index) => (owes(found) ? [[`a-${index}`, deliveriesOf(found)]] : [])),
    );
    const owing = await listOwing(store.reader, {
      sink: "pagerduty",
      severityMin: policy.severityMin,
      limit: 1_000,
    });
    expect(new Map(owing.map((row) => [String(row.alertId), row.deliveries]))).toEqual(expected);
    expect(owing[0]?.owing).toBe(expected.size);
    // The sample must hold many of both kinds for this to say anything.
    expect(expected.size).toBeGreaterThan(100);
    expect(expected.size).toBeLessThan(500);
  }));

it("an alert that outgrows its limit does not page again, and takes the record of its page with it", () =>
  withStore(async (store) => {
    const day = 86_400_000;
    const present = systemClock.now();
    const sent = epochMs(present - 8 * day);
    for (const [id, days] of [
      ["young", 1],
      ["old", 8],
    ] as const) {
      const last_event_time = new Date(present - days * day).toISOString();
      const alert = alertExample({ alert_id: alertId(id), last_event_time });
      await storeAlerts(store.writer, [{ alert, revision: 2, origin: "live" }], present);
      const fixed = { sink: "pagerduty", action: "trigger", state: "accepted" } as const;
      const record = { ...fixed, attempts: 1, nextAttemptAt: sent, detail: "http_202" };
      await storeDeliveries(store.writer, [{ ...record, alertId: alertId(id), updatedAt: sent }]);
    }
    // As an earlier version had set it.
    await store.writer.command(
      "ALTER TABLE deliveries MODIFY TTL toDateTime(updated_at) + toIntervalDay(7) SETTINGS materialize_ttl_after_modify = 0",
    );
    expect(await applyRetention(store, everyLimit(7))).toContain("deliveries");
    expect(await applyRetention(store, everyLimit(7))).toEqual([]);
    for (const table of ["alerts", "deliveries"]) {
      await store.writer.command(`OPTIMIZE TABLE ${table} FINAL`);
    }
    const owing = () =>
      listOwing(store.reader, { sink: "pagerduty", severityMin: "medium", limit: 9 });
    expect(await owing()).toEqual([]);
    await retire(store, { retentionAlertsDays: 7 });
    expect(await owing()).toEqual([]);
    const left = "SELECT alert_id FROM deliveries ORDER BY alert_id";
    expect(await store.reader.query(left, {})).toEqual([{ alert_id: "young" }]);
  }));
