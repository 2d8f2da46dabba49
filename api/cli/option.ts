/** Parsers of option values; a value that does not fit ends the command with 2. */
import { InvalidArgumentError } from "commander";
import { z } from "zod";
import { type DetectionPlan, unknownIn } from "../../detectors/parameters/detection-plan.ts";
import { CommandError } from "../command-error.ts";
import { instant } from "../parameters.ts";

/** A whole number from `min` to `max`. */
export const countOption =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  };

/** A number from `min` to `max`. */
export const numberOption =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a number from ${min} to ${max}`);
  };

/** RFC 3339: a date, which begins at 00:00 UTC wherever the command runs, or a time with its offset. Epoch milliseconds. */
export function momentOption(text: string): number {
  const isDate = z.iso.date().safeParse(text).success;
  const parsed = instant.safeParse(isDate ? `${text}T00:00:00Z` : text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError("expected a date such as 2026-01-31, or a time with its offset");
}

/** A misspelt detector or rule would run as if nothing had been said. */
export function refuseUnknownIn(plan: DetectionPlan, option: string, ids: readonly string[]): void {
  const unknown = unknownIn(plan, ids);
  if (unknown !== undefined) throw new CommandError(`${option}: ${unknown}`, 2);
}
