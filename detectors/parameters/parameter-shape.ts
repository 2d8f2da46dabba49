/** How one parameter of detection is described: its range, its default, and what it is. */
import { z } from "zod";

/** [least, greatest]. */
type Range = readonly [number, number];

export const quantity = (initial: number, [least, greatest]: Range, doc: string) =>
  z.number().min(least).max(greatest).default(initial).describe(doc);

export const whole = (initial: number, [least, greatest]: Range, doc: string) =>
  z.int().min(least).max(greatest).default(initial).describe(doc);

/** By names that nobody knows beforehand. */
export const factors = (doc: string) =>
  z.record(z.string().min(1).max(256), z.number().min(1).max(1000)).default({}).describe(doc);

export const choice = <const Values extends readonly [string, ...string[]]>(
  values: Values,
  initial: Values[number],
  doc: string,
) =>
  z
    .enum(values)
    .default(() => initial)
    .describe(doc);

/** A misspelt key would leave its parameter as it was, so none is let through. */
export const group = <Shape extends z.core.$ZodLooseShape>(shape: Shape, doc: string) =>
  z.strictObject(shape).describe(doc);
