/** A YAML text that an operator wrote, with the line of everything in it. Refused with file, line and reason. */
import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document as YamlDocument,
} from "yaml";
import { ConfigError, readText } from "../../ingest/runtime/config.ts";

const fileBytesMax = 1_048_576;
const shownMax = 60;

type Path = readonly PropertyKey[];

export interface YamlText {
  readonly value: unknown;
  /** "file:line" of the value at `path`, or of what it would stand in. */
  readonly whereIs: (path: Path) => string;
  /** ", found …" where a single value stands there; of a group nothing. */
  readonly foundAt: (path: Path) => string;
  /** The single value there as it is written, without quotes; undefined: there is none. */
  readonly writtenAt: (path: Path) => string | undefined;
}

/** The documents in the file; `what` says what it should be. Throws `ConfigError`. */
export function readYaml(path: string, what: string): readonly YamlText[] {
  const text = readText(path);
  if (text === undefined) throw new ConfigError([`${path}: expected a readable ${what}`]);
  if (text.length <= fileBytesMax) return openYaml(path, text);
  throw new ConfigError([`${path}: expected at most ${fileBytesMax} bytes, found ${text.length}`]);
}

/** `path` is named in what is wrong. Throws `ConfigError`. */
export function openYaml(path: string, text: string): readonly YamlText[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false });
  const lineAt = (offset: number) => `${path}:${lineCounter.linePos(offset).line}`;
  if ("empty" in documents) return [];
  const faults = documents
    .flatMap(({ errors, warnings }) => [...errors, ...warnings])
    .map(({ pos, message }) => `${lineAt(pos[0])}: ${message.split("\n", 1)[0]}`);
  if (faults.length > 0) throw new ConfigError(faults);
  return documents.map((document) => ({
    value: plainOf(document, lineAt),
    whereIs: (at) => lineAt(placeOf(document, at).offset),
    foundAt: (at) => placeOf(document, at).found,
    writtenAt: (at) => placeOf(document, at).written,
  }));
}

function plainOf(document: YamlDocument, lineAt: (offset: number) => string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    const told = cause instanceof ReferenceError ? cause.message : "cannot be read";
    throw new ConfigError([`${lineAt(firstLooseAlias(document))}: ${told}`], { cause });
  }
}

/** Where an alias stands that no anchor before it has; if there is none, where the document begins. */
function firstLooseAlias(document: YamlDocument): number {
  let offset = document.contents?.range?.[0] ?? 0;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0] ?? offset;
      return visit.BREAK;
    },
  });
  return offset;
}

function placeOf(document: YamlDocument, path: Path) {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const key of path) {
    const next = stepInto(node, key);
    if (next === undefined) break;
    offset = next.offset ?? offset;
    node = next.node;
  }
  if (!isScalar(node)) return { offset, found: "", written: undefined };
  return { offset, found: `, found ${shown(node.toJSON())}`, written: node.source };
}

/** Of a group, the line of the key counts; of a list, that of the item. */
function stepInto(node: unknown, key: PropertyKey) {
  if (isMap(node)) {
    const pair = node.items.find((one) => String(keyOf(one.key)) === String(key));
    if (!isPair(pair)) return undefined;
    return { node: pair.value, offset: isNode(pair.key) ? pair.key.range?.[0] : undefined };
  }
  if (!isSeq(node) || typeof key !== "number") return undefined;
  const item = node.items[key];
  return { node: item, offset: isNode(item) ? item.range?.[0] : undefined };
}

const keyOf = (key: unknown): unknown => (isScalar(key) ? key.value : key);

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
}
