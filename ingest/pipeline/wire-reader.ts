/**
 * Reads fields out of parsed JSON and remembers the first that does not fit the contract.
 *
 * Written by hand because every record passes here: about 1 µs an event, against 2 for zod. That it accepts
 * exactly what `event.schema.json` accepts is shown by a property test against a schema validator.
 */
import type { DeadLetterReason } from "../vocabulary/outcome.ts";

export interface Fault {
  readonly reason: DeadLetterReason;
  /** The field and what was expected; never a value. */
  readonly detail: string;
}

/** The first fault of one record. */
export interface FaultBox {
  fault: Fault | undefined;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** An object of the record under reading. */
export interface WireNode {
  readonly value: JsonObject;
  /** Ends in a dot, or is empty at the top. */
  readonly path: string;
  readonly box: FaultBox;
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function noteFault(node: WireNode, reason: DeadLetterReason, key: string, expected: string) {
  node.box.fault ??= { reason, detail: `${node.path}${key}: ${expected}` };
}

export const idLengthMax = 256;

/** Lengths count code points, as JSON schema does. */
export interface Length {
  readonly min: number;
  readonly max: number;
}

export const anId: Length = { min: 1, max: idLengthMax };
export const upTo = (max: number): Length => ({ min: 0, max });

/** The text, or `undefined` when absent or (then noted) not fitting. */
export function optionalText(node: WireNode, key: string, length: Length): string | undefined {
  const value = node.value[key];
  if (value === undefined) return undefined;
  if (typeof value === "string" && fits(value, length)) return value;
  noteFault(
    node,
    "invalid_field",
    key,
    `expected a text of ${length.min} to ${length.max} characters`,
  );
  return undefined;
}

/** The text, or "" with the fault noted. */
export function requiredText(node: WireNode, key: string, length: Length): string {
  if (node.value[key] === undefined) noteFault(node, "missing_field", key, "is required");
  return optionalText(node, key, length) ?? "";
}

function fits(text: string, { min, max }: Length): boolean {
  if (text.length < min) return false;
  // A code point has one or two UTF-16 units, so only lengths in between need counting.
  return text.length <= max || (text.length <= 2 * max && codePoints(text) <= max);
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The members of a closed list of texts, for `optionalMember`. */
export interface Members<Value extends string> {
  readonly get: (key: string) => Value | undefined;
  readonly list: readonly Value[];
}

export function members<Value extends string>(list: readonly Value[]): Members<Value> {
  const byText = new Map<string, Value>(list.map((value) => [value, value]));
  return { get: (key) => byText.get(key), list };
}

export function optionalMember<Value extends string>(
  node: WireNode,
  key: string,
  allowed: Members<Value>,
): Value | undefined {
  const value = node.value[key];
  if (value === undefined) return undefined;
  const member = typeof value === "string" ? allowed.get(value) : undefined;
  if (member !== undefined) return member;
  const reason = typeof value === "string" ? "unknown_enum" : "invalid_field";
  noteFault(node, reason, key, `expected one of ${allowed.list.join(", ")}`);
  return undefined;
}

/** The member, or `fallback` with the fault noted. */
export function requiredMember<Value extends string>(
  node: WireNode,
  key: string,
  { allowed, fallback }: { readonly allowed: Members<Value>; readonly fallback: Value },
): Value {
  if (node.value[key] === undefined) noteFault(node, "missing_field", key, "is required");
  return optionalMember(node, key, allowed) ?? fallback;
}

/** A whole number from 0; cut to 2^53 − 1, the largest that every later step keeps exactly. */
export function optionalCount(node: WireNode, key: string): number | undefined {
  const value = node.value[key];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) {
    return Math.min(value, Number.MAX_SAFE_INTEGER);
  }
  noteFault(node, "invalid_field", key, "expected a whole number from 0");
  return undefined;
}

export function optionalNode(node: WireNode, key: string): WireNode | undefined {
  const value = node.value[key];
  if (value === undefined) return undefined;
  if (isJsonObject(value)) return { value, path: `${node.path}${key}.`, box: node.box };
  noteFault(node, "invalid_field", key, "expected an object");
  return undefined;
}

export function optionalList(node: WireNode, key: string): readonly unknown[] {
  const value = node.value[key];
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  noteFault(node, "invalid_field", key, "expected a list");
  return [];
}
