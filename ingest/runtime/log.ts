/**
 * Structured logs: an event name and fields, one JSON line each, on standard error. Never subject data:
 * log positions, reasons and counts, not values.
 */
import { type DestinationStream, type Logger, pino } from "pino";
import type { Config } from "./settings.ts";

export type Log = Logger;

/** `destination` defaults to standard error, so that a command's own output stays clean. */
export function createLog(config: Pick<Config, "logLevel">, destination?: DestinationStream): Log {
  const options = {
    level: config.logLevel,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return pino(options, destination ?? pino.destination({ fd: 2, sync: true }));
}

/** What may be logged of an error: its class, code and message, never a payload. */
export function errorFields(error: unknown): { readonly error: string; readonly code: string } {
  if (!(error instanceof Error)) return { error: typeof error, code: "" };
  const code = "code" in error ? String(error.code) : "";
  return { error: `${error.name}: ${error.message}`.slice(0, 500), code };
}
