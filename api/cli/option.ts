/** Parsers of option values; a value that does not fit ends the command with 2. */
import { InvalidArgumentError } from "commander";
import { type DetectionPlan, unknownIn } from "../../detectors/parameters/detection-plan.ts";
import { CommandError } from "../command-error.ts";

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

/** A misspelt detector or rule would run as if nothing had been said. */
export function refuseUnknownIn(plan: DetectionPlan, option: string, ids: readonly string[]): void {
  const unknown = unknownIn(plan, ids);
  if (unknown !== undefined) throw new CommandError(`${option}: ${unknown}`, 2);
}
