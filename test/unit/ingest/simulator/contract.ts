import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const path = join(import.meta.dirname, "../../../fixtures/contract/event.schema.json");
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const valid = ajv.compile(JSON.parse(readFileSync(path, "utf8")));

/** Checks events against the committed schema; returns what is wrong with each that is. */
export function contractErrors(events: Iterable<unknown>): readonly string[] {
  const errors: string[] = [];
  for (const event of events) {
    if (!valid(event)) errors.push(ajv.errorsText(valid.errors));
  }
  return errors;
}

/** Groups values by key, in order of first appearance. */
export function groupBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string | number,
): ReadonlyMap<string | number, readonly Value[]> {
  const groups = new Map<string | number, Value[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}
