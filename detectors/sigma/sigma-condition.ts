/**
 * Sigma's condition: search identifiers with `and`, `or`, `not`, brackets, and `1 of` / `all of` a pattern or `them`.
 * Aggregations behind a pipe are of an older Sigma, and refused.
 */
import { matcherOf } from "./sigma-pattern.ts";

export type Predicate<Event> = (event: Event) => boolean;

/** A condition that cannot be compiled. */
export interface Refused {
  readonly refused: string;
}

const depthMax = 32;
const keywords: ReadonlySet<string> = new Set(["and", "or", "not", "of", "them"]);

interface Reader<Event> {
  readonly tokens: readonly string[];
  at: number;
  depth: number;
  readonly searches: ReadonlyMap<string, Predicate<Event>>;
}

class ConditionFault extends Error {
  readonly code = "sigma.condition";
}

export function compileCondition<Event>(
  text: string,
  searches: ReadonlyMap<string, Predicate<Event>>,
): Predicate<Event> | Refused {
  const tokens: readonly string[] = text.match(/[()|]|[^\s()|]+/g) ?? [];
  const reader: Reader<Event> = { tokens, at: 0, depth: 0, searches };
  try {
    if (tokens.includes("|"))
      throw new ConditionFault("an aggregation behind a pipe; expected a correlation rule");
    const predicate = readOr(reader);
    const rest = tokens[reader.at];
    if (rest !== undefined) throw new ConditionFault(`"${rest}" where nothing more is expected`);
    return predicate;
  } catch (error) {
    if (error instanceof ConditionFault) return { refused: error.message };
    throw error;
  }
}

const peek = <Event>({ tokens, at }: Reader<Event>): string | undefined =>
  tokens[at]?.toLowerCase();

function takes<Event>(reader: Reader<Event>, keyword: string): boolean {
  if (peek(reader) !== keyword) return false;
  reader.at += 1;
  return true;
}

function readOr<Event>(reader: Reader<Event>): Predicate<Event> {
  const parts = [readAnd(reader)];
  while (takes(reader, "or")) parts.push(readAnd(reader));
  return someOf(parts);
}

function readAnd<Event>(reader: Reader<Event>): Predicate<Event> {
  const parts = [readNot(reader)];
  while (takes(reader, "and")) parts.push(readNot(reader));
  return everyOf(parts);
}

function readNot<Event>(reader: Reader<Event>): Predicate<Event> {
  if (!takes(reader, "not")) return readOne(reader);
  deepen(reader);
  const inner = readNot(reader);
  return (event) => !inner(event);
}

function readOne<Event>(reader: Reader<Event>): Predicate<Event> {
  if (takes(reader, "(")) {
    deepen(reader);
    const inner = readOr(reader);
    if (!takes(reader, ")")) throw new ConditionFault("a bracket that is not closed");
    return inner;
  }
  const quantifier = peek(reader);
  const isQuantified = reader.tokens[reader.at + 1]?.toLowerCase() === "of";
  if (quantifier !== undefined && isQuantified) return readQuantified(reader, quantifier);
  const name = reader.tokens[reader.at];
  if (name === undefined) throw new ConditionFault("the end where a search is expected");
  reader.at += 1;
  const search = reader.searches.get(name);
  if (search !== undefined && !keywords.has(name.toLowerCase())) return search;
  throw new ConditionFault(`"${name}" where one of ${namesOf(reader)} is expected`);
}

function readQuantified<Event>(reader: Reader<Event>, quantifier: string): Predicate<Event> {
  if (quantifier !== "1" && quantifier !== "all") {
    throw new ConditionFault(`"${quantifier} of", expected 1 of or all of`);
  }
  const pattern = reader.tokens[reader.at + 2];
  reader.at += 3;
  const isMeant = pattern === undefined ? () => false : chosenBy(pattern);
  const chosen = [...reader.searches].filter(([name]) => isMeant(name)).map(([, search]) => search);
  if (chosen.length === 0) {
    throw new ConditionFault(
      `${quantifier} of ${pattern ?? "nothing"}, which names no search; there are ${namesOf(reader)}`,
    );
  }
  return quantifier === "1" ? someOf(chosen) : everyOf(chosen);
}

/** What begins with an underscore is never one of `them`. */
const chosenBy = (pattern: string): ((name: string) => boolean) =>
  pattern.toLowerCase() === "them"
    ? (name) => !name.startsWith("_")
    : matcherOf(pattern, "whole", true);

function deepen<Event>(reader: Reader<Event>): void {
  reader.depth += 1;
  if (reader.depth > depthMax) throw new ConditionFault(`more than ${depthMax} brackets and nots`);
}

const namesOf = <Event>({ searches }: Reader<Event>): string => [...searches.keys()].join(", ");

export const someOf = <Event>(parts: readonly Predicate<Event>[]): Predicate<Event> =>
  parts.length === 1 && parts[0] !== undefined
    ? parts[0]
    : (event) => parts.some((part) => part(event));

export const everyOf = <Event>(parts: readonly Predicate<Event>[]): Predicate<Event> =>
  parts.length === 1 && parts[0] !== undefined
    ? parts[0]
    : (event) => parts.every((part) => part(event));
