/** Parsers of option values; a value that does not fit ends the command with 2. */
import { InvalidArgumentError } from "commander";
import { openRegistry } from "../../detectors/registry.ts";
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

/** A misspelt detector would run as if nothing had been said. */
export function refuseUnknown(option: string, detectors: readonly string[]): void {
  const known = openRegistry().map(({ meta }) => meta.id);
  const unknown = detectors.filter((id) => !known.includes(id));
  if (unknown.length === 0) return;
  const told = `there is no ${unknown.join(", ")}; there are ${known.join(", ")}`;
  throw new CommandError(`${option}: ${told}`, 2);
}
