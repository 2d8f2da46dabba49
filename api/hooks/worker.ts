/**
 * Brings a sink up to date with the alerts: pass after pass, what is owed is asked of the store, called, and
 * recorded after the answer. A kill at any point leaves at worst a call that is made twice.
 *
 * One worker a sink and database: two would call twice as often, and one could send a trigger again after
 * the other has resolved.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { findAlert } from "../../detectors/store/alert-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { errorFields, type Log } from "../../ingest/runtime/log.ts";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import type { CallBudget } from "./call-budget.ts";
import type { Call } from "./caller.ts";
import {
  type DeliveryRecord,
  listOwing,
  type OwingAlert,
  type SinkName,
  storeDeliveries,
} from "./delivery-store.ts";
import { type DeliveryStep, nextDelivery, type OutboxPolicy, retryAt } from "./outbox.ts";
import { type CallResult, pagerDutyBody } from "./pagerduty.ts";

export interface WorkerDeps {
  readonly store: Pick<Store, "reader" | "writer">;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, "count" | "gauge">;
  readonly log: Pick<Log, "info" | "warn" | "error">;
  readonly policy: OutboxPolicy;
  readonly call: Call;
  readonly budget: CallBudget;
  readonly routingKey: string;
  /** Without a slash at the end; empty: calls carry no links. */
  readonly publicUrl: string;
}

export interface Worker {
  /** Resolves after the pass that runs. */
  readonly stop: () => Promise<void>;
}

const sink: SinkName = "pagerduty";
const pollMsMin = 1_000;
const pollMsMax = 30_000;
/** Share of the time that passes may take: what is owed costs a look at every alert on record. */
const busyShareMax = 0.1;
/** Alerts looked at in one pass. */
const passRowsMax = 500;

/** Starts passes at once and then apart. A pass that fails is logged and the next one tries again. */
export function startWorker(deps: WorkerDeps): Worker {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const startedAt = deps.clock.now();
      await passSafely(deps, stopping.signal);
      const restMs = restAfter(deps.clock.now() - startedAt);
      await sleep(restMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

const restAfter = (passMs: number): number =>
  Math.min(pollMsMax, Math.max(pollMsMin, passMs / busyShareMax));

async function passSafely(deps: WorkerDeps, stopping: AbortSignal): Promise<void> {
  try {
    await runPass(deps, stopping);
  } catch (error) {
    deps.log.error({ sink, ...errorFields(error) }, "hook pass failed");
  }
}

type SendStep = Extract<DeliveryStep, { kind: "send" }>;

/**
 * One pass: what is too old is recorded as expired in one insert, what is due is called, one after the other.
 * A call that is to be repeated ends the pass and pauses the sink.
 */
export async function runPass(deps: WorkerDeps, stopping?: AbortSignal): Promise<void> {
  const { store, clock, metrics, policy } = deps;
  const found = await listOwing(store.reader, {
    sink,
    severityMin: policy.severityMin,
    limit: passRowsMax,
  });
  metrics.gauge("deskwatch_hook_pending_deliveries", { sink }, found[0]?.owing ?? 0);
  const steps = found.map((owing) => {
    const step = nextDelivery(owing.alert, owing.deliveries, clock.now(), policy);
    return { owing, step };
  });
  await recordExpired(deps, steps);
  for (const { owing, step } of steps) {
    if (step.kind !== "send") continue;
    if (stopping?.aborted === true || !deps.budget.take(clock.now())) return;
    const result = await deliver(deps, owing, step);
    if (result === "retry") return;
  }
}

interface PlannedStep {
  readonly owing: OwingAlert;
  readonly step: DeliveryStep;
}

async function recordExpired(deps: WorkerDeps, steps: readonly PlannedStep[]): Promise<void> {
  const now = deps.clock.now();
  const expired = steps.flatMap(({ owing, step }): DeliveryRecord[] => {
    if (step.kind !== "expire") return [];
    const { action, attempts } = step;
    const fixed = { sink, state: "expired", nextAttemptAt: now, detail: "too_old" } as const;
    return [{ ...fixed, alertId: owing.alertId, action, attempts, updatedAt: now }];
  });
  if (expired.length === 0) return;
  await storeDeliveries(deps.store.writer, expired);
  for (const { action } of expired) countDelivery(deps, action, "expired");
  deps.log.info({ sink, expired: expired.length }, "deliveries expired unsent");
}

/** Calls, then records. Throws only when the store does. */
async function deliver(
  deps: WorkerDeps,
  { alertId }: OwingAlert,
  { action, attempt }: SendStep,
): Promise<CallResult["kind"]> {
  const { store, clock, log, budget } = deps;
  const found = await findAlert(store.reader, alertId);
  // Alerts are never deleted; only a restored backup could answer so.
  if (found === undefined) return "refused";
  const result = await deps.call(pagerDutyBody(action, found.alert, deps));
  const now = clock.now();
  if (result.kind === "retry") budget.failed(now, result.retryAfterMs);
  else budget.answered();
  await storeDeliveries(store.writer, [
    {
      sink,
      alertId,
      action,
      attempts: attempt,
      ...stateAfter(result, { alertId, action, attempt }, now),
      updatedAt: now,
    },
  ]);
  countDelivery(deps, action, result.kind);
  const fields = { sink, action, attempt, detail: result.detail };
  if (result.kind === "refused") log.error(fields, "delivery refused");
  else if (result.kind === "retry") log.warn(fields, "delivery will be repeated");
  return result.kind;
}

interface Attempt {
  readonly alertId: OwingAlert["alertId"];
  readonly action: SendStep["action"];
  readonly attempt: number;
}

function stateAfter(result: CallResult, attempt: Attempt, now: EpochMs) {
  const { detail } = result;
  if (result.kind !== "retry") return { state: result.kind, nextAttemptAt: now, detail };
  const nextAttemptAt = retryAt({ ...attempt, retryAfterMs: result.retryAfterMs }, now);
  return { state: "retrying" as const, nextAttemptAt, detail };
}

function countDelivery(
  { metrics }: Pick<WorkerDeps, "metrics">,
  action: SendStep["action"],
  result: CallResult["kind"] | "expired",
): void {
  metrics.count("deskwatch_hook_deliveries_total", { sink, action, result });
}
