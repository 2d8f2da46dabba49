/** Parsers of option values; a value that does not fit ends the command with 2. */
import { InvalidArgumentError } from "commander";

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
