/**
 * What is still owed to a sink for one alert: a pure comparison of the alert with the deliveries on record.
 *
 * There is no queue that a crash could lose an entry of. A crash between a call and its record makes the
 * same call again, under the same key; a resolve or an acknowledgement is owed only once the trigger is on
 * record as accepted.
 */
import { createHash } from "node:crypto";
import { type AlertStatus, type Severity, severityRank } from "../../detectors/alert.ts";
import { type EpochMs, epochMs } from "../../ingest/vocabulary/brand.ts";
import { retryAfterMsMax } from "./call-budget.ts";

export const deliveryActions = ["trigger", "acknowledge", "resolve"] as const;
export type DeliveryAction = (typeof deliveryActions)[number];

/** accepted, refused and expired are final. */
export const deliveryStates = ["accepted", "retrying", "refused", "expired"] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** The newest record of one action for one alert. */
export interface Delivery {
  readonly state: DeliveryState;
  /** Calls made, at least 1 unless it expired before the first. */
  readonly attempts: number;
  /** Not before this; meaningful while `retrying`. */
  readonly nextAttemptAt: EpochMs;
}
export type Deliveries = { readonly [Action in DeliveryAction]?: Delivery };

/** What of an alert decides about its deliveries. */
export interface OutboxAlert {
  /** False while all of it comes from back-filled history, which never pages anybody. */
  readonly live: boolean;
  /** Falls under a suppression: no page is begun. One that went out is followed up as ever. */
  readonly suppressed: boolean;
  readonly severity: Severity;
  readonly status: AlertStatus;
  readonly lastEventAt: EpochMs;
  /** When an analyst last acted; 0: never. */
  readonly actedAt: EpochMs;
}

export interface OutboxPolicy {
  readonly severityMin: Severity;
  /**
   * A trigger is owed for this long after the alert's newest event, an acknowledgement or a resolve for
   * this long after the analyst's act: closing an old alert must still close the page.
   */
  readonly ageMsMax: number;
}

export type DeliveryStep =
  | { readonly kind: "none" }
  | { readonly kind: "wait"; readonly until: EpochMs }
  | { readonly kind: "expire"; readonly action: DeliveryAction; readonly attempts: number }
  /** `attempt` counts from 1. */
  | { readonly kind: "send"; readonly action: DeliveryAction; readonly attempt: number };

const none: DeliveryStep = { kind: "none" };

/** The one next thing to do for this alert. */
export function nextDelivery(
  alert: OutboxAlert,
  deliveries: Deliveries,
  now: EpochMs,
  policy: OutboxPolicy,
): DeliveryStep {
  const { trigger } = deliveries;
  if (trigger === undefined) {
    const severe = severityRank(alert.severity) >= severityRank(policy.severityMin);
    return severe && alert.live && !alert.suppressed
      ? stepFor("trigger", undefined, alert.lastEventAt, { now, policy })
      : none;
  }
  if (trigger.state === "retrying") {
    return stepFor("trigger", trigger, alert.lastEventAt, { now, policy });
  }
  const follow = followUpOf(alert.status);
  if (trigger.state !== "accepted" || follow === undefined || isSettled(deliveries.resolve)) {
    return none;
  }
  const delivery = deliveries[follow];
  return isSettled(delivery) ? none : stepFor(follow, delivery, alert.actedAt, { now, policy });
}

/** A resolved alert owes no acknowledgement, an open one owes nothing but its trigger. */
function followUpOf(status: AlertStatus): "acknowledge" | "resolve" | undefined {
  if (status === "open") return undefined;
  return status === "acknowledged" ? "acknowledge" : "resolve";
}

const isSettled = (delivery: Delivery | undefined): boolean =>
  delivery !== undefined && delivery.state !== "retrying";

function stepFor(
  action: DeliveryAction,
  delivery: Delivery | undefined,
  since: EpochMs,
  { now, policy }: { readonly now: EpochMs; readonly policy: OutboxPolicy },
): DeliveryStep {
  const attempts = delivery?.attempts ?? 0;
  if (now - since > policy.ageMsMax) return { kind: "expire", action, attempts };
  if (delivery !== undefined && delivery.nextAttemptAt > now) {
    return { kind: "wait", until: delivery.nextAttemptAt };
  }
  return { kind: "send", action, attempt: attempts + 1 };
}

const retryMsFirst = 30_000;
const retryMsMax = 15 * 60_000;

interface FailedAttempt {
  readonly alertId: string;
  readonly action: DeliveryAction;
  readonly attempt: number;
  /** What the sink asked for; 0: nothing. */
  readonly retryAfterMs: number;
}

/**
 * When to call again: 30 s doubled by each attempt up to 15 min, ± 20 % by a hash of the attempt, so that
 * alerts that failed together do not come back together. Never before what the sink asked for.
 */
export function retryAt(failed: FailedAttempt, now: EpochMs): EpochMs {
  const { alertId, action, attempt } = failed;
  const digest = createHash("sha256").update(`${alertId}\0${action}\0${attempt}`).digest();
  const jitter = 0.8 + 0.4 * (digest.readUInt32BE(0) / 2 ** 32);
  const doubled = retryMsFirst * 2 ** Math.min(attempt - 1, 20);
  const asked = Math.min(failed.retryAfterMs, retryAfterMsMax);
  return epochMs(now + Math.max(asked, Math.round(Math.min(doubled, retryMsMax) * jitter)));
}
