/** One search of a Sigma rule: fields with modifiers and values → a predicate over access events. */
import { BlockList, isIP } from "node:net";
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { everyOf, type Predicate, someOf } from "./sigma-condition.ts";
import { noSuchField, type SigmaField, sigmaFields } from "./sigma-field.ts";
import { matcherOf, type Placement } from "./sigma-pattern.ts";

/** The document that a search stands in. */
export interface SearchSource {
  /** Notes what cannot be compiled, at a place in the document. */
  readonly refuse: (path: readonly PropertyKey[], told: string) => void;
  /** The single value at a place as it is written: `007` is no number of a text field. undefined: not known. */
  readonly writtenAt: (path: readonly PropertyKey[]) => string | undefined;
}

export type SearchPredicate = Predicate<AccessEvent>;

const valuesMax = 1_000;
const never: SearchPredicate = () => false;
const placements: ReadonlySet<string> = new Set(["whole", "contains", "startswith", "endswith"]);
const comparisons = {
  lt: (value: number, than: number) => value < than,
  lte: (value: number, than: number) => value <= than,
  gt: (value: number, than: number) => value > than,
  gte: (value: number, than: number) => value >= than,
} as const;
type Comparison = keyof typeof comparisons;
const isComparison = (name: string): name is Comparison => Object.hasOwn(comparisons, name);
const isPlacement = (name: string): name is Placement => placements.has(name);

type Path = readonly PropertyKey[];

/** A map of fields, which must all match, or a list of maps, of which one must. */
export function compileSearch(given: unknown, path: Path, source: SearchSource): SearchPredicate {
  if (Array.isArray(given)) {
    const parts = given.map((part: unknown, n) => compileMap(part, [...path, n], source));
    return parts.length === 0 ? refused(source, path, "an empty list") : someOf(parts);
  }
  return compileMap(given, path, source);
}

function compileMap(given: unknown, path: Path, source: SearchSource): SearchPredicate {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return refused(
      source,
      path,
      "expected fields with values; keywords over a whole event are not supported",
    );
  }
  const entries = Object.entries(given);
  if (entries.length === 0) return refused(source, path, "expected fields with values, found none");
  return everyOf(
    entries.map(([key, value]) => compileItem(key, value, { path: [...path, key], source })),
  );
}

interface Place {
  readonly path: Path;
  readonly source: SearchSource;
}

function refused({ refuse }: SearchSource, path: Path, told: string): SearchPredicate {
  refuse(path, told);
  return never;
}

function compileItem(key: string, given: unknown, { path, source }: Place): SearchPredicate {
  const [name = "", ...modifiers] = key.split("|");
  const field = sigmaFields.get(name);
  if (field === undefined) return refused(source, path, noSuchField(name));
  const values: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (values.length === 0 || values.length > valuesMax) {
    return refused(source, path, `expected 1 to ${valuesMax} values, found ${values.length}`);
  }
  const rest = modifiers.filter((modifier) => modifier !== "all" && modifier !== "cased");
  const isCased = modifiers.includes("cased");
  const [kind = "equals", ...others] = rest;
  if (others.length > 0)
    return refused(source, path, `${rest.join("|")}: modifiers that exclude each other`);
  const isListed = Array.isArray(given);
  const tests = values.map((value, n) => {
    const place = isListed ? [...path, n] : path;
    const fault = (told: string) => refused(source, place, told);
    return compileValue(field, value, { kind, isCased, fault, written: source.writtenAt(place) });
  });
  return modifiers.includes("all") ? everyOf(tests) : someOf(tests);
}

interface Test {
  readonly kind: string;
  readonly isCased: boolean;
  readonly fault: (told: string) => SearchPredicate;
  readonly written: string | undefined;
}

const modifierNames = "contains, startswith, endswith, all, cased, exists, cidr, lt, lte, gt, gte";

function compileValue(field: SigmaField, value: unknown, test: Test): SearchPredicate {
  const { kind, fault } = test;
  if (kind === "exists") {
    if (typeof value !== "boolean") return fault("exists: expected true or false");
    return (event) => field.of(event).length > 0 === value;
  }
  if (value === null && kind === "equals") return (event) => field.of(event).length === 0;
  if (typeof value === "string" || typeof value === "number") {
    return compileScalar(field, value, test);
  }
  return fault("expected a text or a number");
}

function compileScalar(field: SigmaField, value: string | number, test: Test): SearchPredicate {
  const { kind, fault } = test;
  const written = typeof value === "number" ? (test.written ?? String(value)) : value;
  if (isComparison(kind)) return compileComparison(field, value, { ...test, kind });
  if (kind === "cidr") return compileCidr(field, written, fault);
  const placement = kind === "equals" ? "whole" : kind;
  if (!isPlacement(placement)) {
    return fault(`modifier ${kind} is not supported, expected one of ${modifierNames}`);
  }
  return field.kind === "number"
    ? compileNumber(field, value, test)
    : compileText(field, written, { ...test, kind: placement });
}

function compileComparison(
  field: SigmaField,
  value: string | number,
  { kind, fault }: Test & { readonly kind: Comparison },
): SearchPredicate {
  if (field.kind !== "number") return fault(`${kind}: expected a field that holds a number`);
  if (typeof value !== "number") return fault(`${kind}: expected a number`);
  const holds = comparisons[kind];
  return (event) => field.of(event).some((one) => typeof one === "number" && holds(one, value));
}

function compileNumber(
  field: SigmaField,
  value: string | number,
  { kind, fault }: Test,
): SearchPredicate {
  if (kind !== "equals") return fault(`${kind}: expected a field that holds text`);
  if (typeof value !== "number") return fault("expected a number");
  return (event) => field.of(event).includes(value);
}

function compileText(
  field: SigmaField,
  text: string,
  { kind, isCased, fault }: Test & { readonly kind: Placement },
): SearchPredicate {
  const { values } = field;
  const matches = matcherOf(text, kind, isCased);
  // A value that there is not would make a rule that never matches.
  if (values?.some(matches) === false) {
    return fault(`expected one of ${values.join(", ")}`);
  }
  return (event) => field.of(event).some((one) => matches(String(one)));
}

function compileCidr(field: SigmaField, text: string, fault: Test["fault"]): SearchPredicate {
  if (field.isAddress !== true) return fault("cidr: expected a field that holds an address");
  const [address = "", length = "", ...rest] = text.split("/");
  const family = isIP(address);
  const bits = Number(length);
  const isLength = /^\d+$/.test(length) && bits <= (family === 6 ? 128 : 32);
  if (family === 0 || rest.length > 0 || !isLength)
    return fault("cidr: expected a network such as 192.0.2.0/24");
  const network = new BlockList();
  network.addSubnet(address, bits, family === 6 ? "ipv6" : "ipv4");
  return (event) =>
    field.of(event).some((one) => {
      const found = isIP(String(one));
      return found !== 0 && network.check(String(one), found === 6 ? "ipv6" : "ipv4");
    });
}
