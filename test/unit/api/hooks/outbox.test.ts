import fc from "fast-check";
import {
  type Deliveries,
  type Delivery,
  type DeliveryAction,
  deliveryStates,
  nextDelivery,
  type OutboxAlert,
  retryAt,
} from "../../../../api/hooks/outbox.ts";
import { alertStatuses, severities } from "../../../../detectors/alert.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";

const hour = 3_600_000;
const now = epochMs(1_000 * hour);
const policy = { severityMin: "medium", ageMsMax: 24 * hour } as const;

const alert = (change: Partial<OutboxAlert> = {}): OutboxAlert => ({
  live: true,
  suppressed: false,
  severity: "high",
  status: "open",
  lastEventAt: now,
  actedAt: now,
  ...change,
});
const delivery = (state: Delivery["state"], attempts = 1, next: number = now): Delivery => ({
  state,
  attempts,
  nextAttemptAt: epochMs(next),
});
const accepted = { trigger: delivery("accepted") };
const old = epochMs(now - 25 * hour);

describe("what an alert owes its sink", () => {
  const resolved = alert({ status: "resolved" });
  const acknowledged = alert({ status: "acknowledged" });
  it.each<[string, OutboxAlert, Deliveries, object]>([
    ["a new alert: its trigger", alert(), {}, { kind: "send", action: "trigger", attempt: 1 }],
    [
      "exactly at the least severity",
      alert({ severity: "medium" }),
      {},
      { kind: "send", action: "trigger", attempt: 1 },
    ],
    ["back-filled history: nothing", alert({ live: false }), {}, { kind: "none" }],
    ["below it: nothing", alert({ severity: "low" }), {}, { kind: "none" }],
    [
      "too old: an expiry",
      alert({ lastEventAt: old }),
      {},
      { kind: "expire", action: "trigger", attempts: 0 },
    ],
    ["open and triggered: nothing", alert(), accepted, { kind: "none" }],
    [
      "resolved before its trigger: the trigger first",
      resolved,
      {},
      { kind: "send", action: "trigger", attempt: 1 },
    ],
    [
      "resolved while its trigger waits: nothing yet",
      resolved,
      { trigger: delivery("retrying", 1, now + 1) },
      { kind: "wait", until: now + 1 },
    ],
    [
      "a retry that is due",
      alert(),
      { trigger: delivery("retrying", 3) },
      { kind: "send", action: "trigger", attempt: 4 },
    ],
    [
      "a retry that grew too old",
      alert({ lastEventAt: old }),
      { trigger: delivery("retrying", 3) },
      { kind: "expire", action: "trigger", attempts: 3 },
    ],
    [
      "a refused trigger: nothing more",
      resolved,
      { trigger: delivery("refused") },
      { kind: "none" },
    ],
    [
      "an expired trigger: nothing more",
      resolved,
      { trigger: delivery("expired") },
      { kind: "none" },
    ],
    ["acknowledged", acknowledged, accepted, { kind: "send", action: "acknowledge", attempt: 1 }],
    [
      "acknowledged and told so",
      acknowledged,
      { ...accepted, acknowledge: delivery("accepted") },
      { kind: "none" },
    ],
    [
      "resolved at once: no acknowledgement",
      resolved,
      accepted,
      { kind: "send", action: "resolve", attempt: 1 },
    ],
    [
      "resolved after an acknowledgement that waits",
      resolved,
      { ...accepted, acknowledge: delivery("retrying", 1, now + hour) },
      { kind: "send", action: "resolve", attempt: 1 },
    ],
    [
      "an old alert that is resolved today",
      alert({ status: "resolved", lastEventAt: old }),
      accepted,
      { kind: "send", action: "resolve", attempt: 1 },
    ],
    [
      "a resolve that failed for a day",
      alert({ status: "resolved", actedAt: old }),
      { ...accepted, resolve: delivery("retrying", 40) },
      { kind: "expire", action: "resolve", attempts: 40 },
    ],
    [
      "acknowledged again after its resolve",
      acknowledged,
      { ...accepted, resolve: delivery("accepted") },
      { kind: "none" },
    ],
  ])("%s", (_why, state, deliveries, step) => {
    expect(nextDelivery(state, deliveries, now, policy)).toEqual(step);
  });

  const anyDelivery = fc.option(
    fc.record({
      state: fc.constantFrom(...deliveryStates),
      attempts: fc.nat(50),
      nextAttemptAt: fc.integer({ min: -hour, max: hour }).map((ms) => epochMs(now + ms)),
    }),
    { nil: undefined },
  );
  const anyAlert = fc.record({
    live: fc.boolean(),
    suppressed: fc.boolean(),
    severity: fc.constantFrom(...severities),
    status: fc.constantFrom(...alertStatuses),
    lastEventAt: fc.integer({ min: 0, max: 48 * hour }).map((ms) => epochMs(now - ms)),
    actedAt: fc.integer({ min: 0, max: 48 * hour }).map((ms) => epochMs(now - ms)),
  });
  const anyDeliveries = fc
    .record({ trigger: anyDelivery, acknowledge: anyDelivery, resolve: anyDelivery })
    .map(
      (all): Deliveries =>
        Object.fromEntries(Object.entries(all).filter(([, found]) => found !== undefined)),
    );

  it("is never an acknowledgement or a resolve unless the trigger is on record as accepted", () => {
    fc.assert(
      fc.property(anyAlert, anyDeliveries, (state, deliveries) => {
        const step = nextDelivery(state, deliveries, now, policy);
        if (step.kind !== "send" || step.action === "trigger") return;
        expect(deliveries.trigger?.state).toBe("accepted");
      }),
    );
  });

  it("is never a first trigger of an alert that falls under a suppression", () => {
    fc.assert(
      fc.property(anyAlert, anyDeliveries, (state, deliveries) => {
        const step = nextDelivery({ ...state, suppressed: true }, deliveries, now, policy);
        if (deliveries.trigger === undefined) expect(step).toEqual({ kind: "none" });
        else expect(step).toEqual(nextDelivery(state, deliveries, now, policy));
      }),
    );
  });

  it("is never repeated once it is settled, and never a trigger for an event that is too old", () => {
    fc.assert(
      fc.property(anyAlert, anyDeliveries, (state, deliveries) => {
        const step = nextDelivery(state, deliveries, now, policy);
        if (step.kind !== "send") return;
        expect([undefined, "retrying"]).toContain(deliveries[step.action]?.state);
        const since = step.action === "trigger" ? state.lastEventAt : state.actedAt;
        expect(now - since).toBeLessThanOrEqual(policy.ageMsMax);
      }),
    );
  });

  it("comes to an end with a trigger accepted and the last status told, whatever fails on the way", () => {
    const answers = fc.array(fc.constantFrom<Delivery["state"]>("retrying", "accepted"), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(answers, fc.constantFrom(...alertStatuses), (script, status) => {
        const last = { open: [], acknowledged: ["acknowledge"], resolved: ["resolve"] }[status];
        expect(acceptedUnder(script, alert({ status }))).toEqual(["trigger", ...last]);
      }),
    );
  });
});

/** What the sink accepts, in order, when the n-th minute's call ends as the script says. */
function acceptedUnder(script: readonly Delivery["state"][], state: OutboxAlert): DeliveryAction[] {
  let deliveries: Deliveries = {};
  const sent: DeliveryAction[] = [];
  for (let minute = 0; minute < 100; minute += 1) {
    const at = epochMs(now + minute * 60_000);
    const step = nextDelivery(state, deliveries, at, policy);
    if (step.kind !== "send") continue;
    const outcome = delivery(script[minute] ?? "accepted", step.attempt, at + 1);
    if (outcome.state === "accepted") sent.push(step.action);
    deliveries = { ...deliveries, [step.action]: outcome };
  }
  return sent;
}

describe("the wait before the next attempt", () => {
  const failed = { alertId: "a-1", action: "trigger", retryAfterMs: 0 } as const;

  it.each([
    { attempt: 1, least: 24, most: 36 },
    { attempt: 2, least: 48, most: 72 },
    { attempt: 3, least: 96, most: 144 },
    { attempt: 6, least: 720, most: 1_080 },
    { attempt: 1_000, least: 720, most: 1_080 },
  ])("after attempt $attempt is $least to $most seconds", ({ attempt, least, most }) => {
    const waits = Array.from(
      { length: 200 },
      (_, index) => (retryAt({ ...failed, alertId: `a-${index}`, attempt }, now) - now) / 1_000,
    );
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...waits)).toBeLessThanOrEqual(most);
    expect(new Set(waits).size).toBeGreaterThan(100);
    expect(retryAt({ ...failed, attempt }, now)).toBe(retryAt({ ...failed, attempt }, now));
  });

  it("is at least what the sink asks for, up to an hour", () => {
    const waitAsked = (retryAfterMs: number) =>
      retryAt({ ...failed, attempt: 1, retryAfterMs }, now) - now;
    expect(waitAsked(600_000)).toBe(600_000);
    expect(waitAsked(100 * hour)).toBe(hour);
    expect(waitAsked(1)).toBeGreaterThan(20_000);
  });
});
