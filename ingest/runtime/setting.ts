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

export const text = z.string();
export const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
export const flag = z.union([
  z.boolean(),
  z.enum(["true", "false"]).transform((value) => value === "true"),
]);
/** A list, in the environment separated by commas. */
export const list = z.union([
  z.array(z.string()),
  z.string().transform((value) =>
    value
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  ),
]);
export const url = z.union([z.literal(""), z.url({ protocol: /^https?$/ })]);
export const severity = z.enum(["info", "low", "medium", "high", "critical"]);
