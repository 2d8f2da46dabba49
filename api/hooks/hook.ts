/** The PagerDuty hook as configured: what a process that serves starts beside its API. */
import type { Dispatcher } from "undici";
import { ConfigError } from "../../ingest/runtime/config.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { createCallBudget } from "./call-budget.ts";
import { createCaller } from "./caller.ts";
import { callsPerMinuteMax, isRoutingKey } from "./pagerduty.ts";
import { startWorker, type Worker, type WorkerDeps } from "./worker.ts";

export type HookConfig = Pick<
  Config,
  | "pagerdutyRoutingKey"
  | "pagerdutyEventsUrl"
  | "pagerdutySeverityMin"
  | "hookEventAgeHoursMax"
  | "publicUrl"
>;

export interface HookDeps extends Pick<WorkerDeps, "store" | "clock" | "metrics" | "log"> {
  readonly config: HookConfig;
  readonly dispatcher?: Dispatcher;
}

/** What the settings ask for. `invalid_key`: a key of another shape could only be refused for ever. */
export type HookState = "off" | "on" | "invalid_key";

export function hookState({
  pagerdutyRoutingKey: key,
}: Pick<Config, "pagerdutyRoutingKey">): HookState {
  if (key === "") return "off";
  return isRoutingKey(key) ? "on" : "invalid_key";
}

/** `undefined`: the hook is off. Throws `ConfigError` for a routing key of another shape. */
export function startHook(deps: HookDeps): Worker | undefined {
  const { config } = deps;
  refuseUnfitHook(config);
  return hookState(config) === "off" ? undefined : startWorker(workerDeps(deps));
}

/** Throws `ConfigError`. */
export function refuseUnfitHook(config: Pick<Config, "pagerdutyRoutingKey">): void {
  if (hookState(config) === "invalid_key") {
    throw new ConfigError(["PAGERDUTY_ROUTING_KEY: expected 32 letters and digits"]);
  }
}

/** Everything that a pass needs. */
export function workerDeps(deps: HookDeps): WorkerDeps {
  const { store, clock, metrics, log, config, dispatcher } = deps;
  const target = { url: config.pagerdutyEventsUrl, clock };
  return {
    store,
    clock,
    metrics,
    log,
    policy: {
      severityMin: config.pagerdutySeverityMin,
      ageMsMax: config.hookEventAgeHoursMax * 3_600_000,
    },
    call: createCaller(dispatcher === undefined ? target : { ...target, dispatcher }),
    budget: createCallBudget(callsPerMinuteMax),
    routingKey: config.pagerdutyRoutingKey,
    publicUrl: config.publicUrl.replace(/\/+$/, ""),
  };
}
