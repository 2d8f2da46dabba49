/** What the thread of the API and the rest of the process say to each other. */
import { StoreError, type StoreErrorCode } from "../../ingest/clickhouse/store-error.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import type { RequestMetrics } from "../request-observer.ts";
import type { ListedDetector } from "../routes/detectors.ts";
import type { ReadinessCheck } from "../routes/health.ts";
import type { Format } from "../routes/metrics.ts";
import type { StoreVerification } from "../verification.ts";

/** What the thread begins with. */
export interface ThreadTask {
  readonly config: Config;
  readonly detectors: readonly ListedDetector[];
}

export type Question =
  | { readonly kind: "render"; readonly format: Format }
  | { readonly kind: "liveness" }
  | { readonly kind: "readiness" }
  | { readonly kind: "verify" };

export type FromThread =
  | { readonly kind: "listening"; readonly url: string }
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "asked"; readonly id: number; readonly question: Question }
  | { readonly kind: "counted"; readonly metric: Parameters<RequestMetrics["count"]> }
  | { readonly kind: "observed"; readonly metric: Parameters<RequestMetrics["observe"]> }
  | { readonly kind: "stopped" };

export type Answer =
  | { readonly kind: "render"; readonly text: string }
  | { readonly kind: "liveness" }
  | { readonly kind: "readiness"; readonly checks: readonly ReadinessCheck[] }
  | { readonly kind: "verify"; readonly verification: StoreVerification }
  | { readonly kind: "failed"; readonly failure: Failure };

export type ToThread =
  | { readonly kind: "answered"; readonly id: number; readonly answer: Answer }
  | { readonly kind: "stop" };

/** An error as it passes from one thread to another, which keep no classes. */
export interface Failure {
  readonly message: string;
  readonly code: string;
  /** Set for an error of the store. */
  readonly storeCode?: StoreErrorCode;
}

export function failureFrom(error: unknown): Failure {
  if (error instanceof StoreError) {
    return { message: error.message, code: error.code, storeCode: error.code };
  }
  if (!(error instanceof Error)) return { message: "unknown failure", code: "" };
  return { message: error.message, code: "code" in error ? String(error.code) : "" };
}

export function errorOf({ message, code, storeCode }: Failure): Error {
  if (storeCode !== undefined) return new StoreError(storeCode, message);
  return Object.assign(new Error(message), code === "" ? {} : { code });
}
