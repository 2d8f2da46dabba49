/** How one setting is described, and the shapes that settings are made of. */
import { z } from "zod";

export interface Setting<Value> {
  /** Dotted path in the configuration file. */
  readonly path: string;
  readonly env: string;
  readonly schema: z.ZodType<Value>;
  readonly initial: Value;
  readonly secret: boolean;
  readonly doc: string;
}

type SettingRow<Value> = Omit<Setting<Value>, "secret">;

export const setting = <Value>(row: SettingRow<Value>): Setting<Value> => ({
  ...row,
  secret: false,
});
export const secret = (row: Omit<SettingRow<string>, "schema" | "initial">): Setting<string> => ({
  ...row,
  schema: z.string(),
  initial: "",
  secret: true,
});

export const text = z.string("expected a text");
/**
 * A number of the file, or the decimals of one. Any other value has a number, too, as far as JavaScript goes: nothing
 * is 0 and `true` is 1, which would be a port that nobody chose, or a day after which rows are retired.
 */
const numberIn = (bounds: z.ZodNumber, error: string) =>
  z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i)
          .transform(Number),
      ],
      error,
    )
    .pipe(bounds);

/** Whatever is wrong with it, the same is said of it: what was expected. */
export function count(min: number, max: number) {
  const error = `expected a whole number from ${min} to ${max}`;
  return numberIn(z.number(error).int(error).min(min, error).max(max, error), error);
}
export function amount(above: number, max: number) {
  const error = `expected a number above ${above}, up to ${max}`;
  return numberIn(z.number(error).gt(above, error).max(max, error), error);
}
export function share() {
  const error = "expected a number from 0 to 1";
  return numberIn(z.number(error).min(0, error).max(1, error), error);
}
export const flag = z.union(
  [z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")],
  "expected true or false",
);
/** A list, in the environment separated by commas. */
const partsOf = (value: string): string[] =>
  value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
export const list = z.union(
  [z.array(z.string()), z.string().transform(partsOf)],
  "expected a list, or texts separated by commas",
);
export const url = z.union([
  z.literal(""),
  z.url({ protocol: /^https?$/, error: "expected an http or https URL" }),
]);
export const severity = z.enum(["info", "low", "medium", "high", "critical"]);
