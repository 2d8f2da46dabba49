/** Another valid value for a column, by its type. */

export type Random = () => number;

export const below = (random: Random, end: number): number => Math.floor(random() * end);

/** Throws where there is none. */
export function oneOf<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[below(random, values.length)];
  if (value === undefined) throw new Error("nothing to choose from");
  return value;
}

interface Cell {
  /** As `system.columns` names it. */
  readonly type: string;
  readonly value: unknown;
  /** What other rows hold in the same column. */
  readonly others: readonly unknown[];
}

/** Never the same. */
export function otherValue({ type, value, others }: Cell, random: Random): unknown {
  const candidates = [...candidatesOf(type, value, random), ...others];
  const before = JSON.stringify(value);
  return oneOf(
    random,
    candidates.filter((candidate) => JSON.stringify(candidate) !== before),
  );
}

function candidatesOf(type: string, value: unknown, random: Random): readonly unknown[] {
  const inner = /^(?:LowCardinality|Nullable)\((.*)\)$/.exec(type)?.[1];
  if (inner !== undefined) {
    const nulls = type.startsWith("Nullable") ? [null] : [];
    return [...nulls, ...candidatesOf(inner, value ?? "0", random)];
  }
  const element = /^Array\((.*)\)$/.exec(type)?.[1];
  if (element !== undefined) return arraysBeside(element, listOf(value), random);
  if (type.startsWith("Enum")) return [...type.matchAll(/'(\w+)' = /g)].map((match) => match[1]);
  if (type.startsWith("UInt")) return numbersBeside(type, BigInt(String(value)));
  if (type.startsWith("DateTime64")) return timesBeside(String(value));
  if (type === "UUID") return [uuidBeside(String(value), random)];
  return textsBeside(String(value));
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function arraysBeside(type: string, list: readonly unknown[], random: Random): unknown[][] {
  const at = below(random, list.length + 1);
  const first = list[0] ?? fresh(type);
  const edited = list.map((value, index) =>
    index === at % list.length ? oneOf(random, candidatesOf(type, value, random)) : value,
  );
  return [list.toSpliced(at, 1), list.toSpliced(at, 0, first), list.toReversed(), edited];
}

function fresh(type: string): unknown {
  if (type === "UUID") return "00000000-0000-4000-8000-000000000000";
  return /'(\w+)' = /.exec(type)?.[1] ?? "x";
}

/** 64-bit numbers travel as text. */
function numbersBeside(type: string, value: bigint): string[] {
  const max = 2n ** BigInt(type.slice("UInt".length)) - 1n;
  return [value + 1n, value - 1n, 0n, max, max / 2n + 1n]
    .filter((number) => number >= 0n && number <= max)
    .map(String);
}

const dayMs = 86_400_000;

/** A millisecond, a day, more than a month: another part of the table. */
function timesBeside(value: string): string[] {
  const at = Date.parse(`${value.replace(" ", "T")}Z`);
  return [1, -1, dayMs, -40 * dayMs].map((ms) =>
    new Date(at + ms).toISOString().replace("T", " ").replace("Z", ""),
  );
}

function uuidBeside(value: string, random: Random): string {
  const at = below(random, 8);
  return value.slice(0, at) + (value[at] === "0" ? "1" : "0") + value.slice(at + 1);
}

function textsBeside(value: string): string[] {
  const first = value.slice(0, 1);
  const turned = first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase();
  return [`${value}x`, value.slice(0, -1), turned + value.slice(1), ` ${value}`];
}
