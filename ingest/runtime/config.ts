/**
 * Configuration: environment over file over default. Unknown keys are refused, every error names the
 * variable and what was expected, and no secret's value ever appears in one.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Setting } from "./setting.ts";
import { type Config, type SettingName, settings } from "./settings.ts";

/** A configuration that cannot be used. `problems` names each variable and what was expected. */
export class ConfigError extends Error {
  readonly code = "config.invalid";
  readonly problems: readonly string[];
  constructor(problems: readonly string[], options?: ErrorOptions) {
    const told = problems.map((problem) => `  - ${problem}`).join("\n");
    super(`configuration refused:\n${told}`, options);
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;
type Origin = "default" | "file" | "environment";

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

const rows = Object.entries(settings) as readonly [SettingName, Setting<unknown>][];
const configFileVariable = "DESKWATCH_CONFIG";
/** Read by the test suites, not by the product. */
const testVariablePrefix = "DESKWATCH_TEST_";

/** Environment of this process; the only place that reads it. */
export const processEnvironment = (): Environment => process.env;

/** Loads the configuration, or throws `ConfigError` with every problem at once. */
export function loadConfig(environment: Environment): LoadedConfig {
  const problems: string[] = [];
  const fromFile = readFileValues(environment[configFileVariable], problems);
  problems.push(...unknownVariables(environment));
  const config: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, row] of rows) {
    const found = findValue({ row, environment, fromFile, problems });
    config[name] = found.origin === "default" ? row.initial : checked(row, found, problems);
    origins[name] = found.origin;
  }
  problems.push(...sharedTopics(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return { config, origins } as unknown as LoadedConfig;
}

/** One topic for two things: a dead letter that is read as an access, say, is a dead letter again, for ever. */
function sharedTopics(config: Readonly<Record<string, unknown>>): string[] {
  const seen = new Map<unknown, string>();
  return rows.flatMap(([name, { path, env }]) => {
    const isTopic = path.startsWith("kafka.topics.") || path === "ledger.witness_topic";
    const topic = config[name];
    if (!isTopic || topic === "") return [];
    const other = seen.get(topic);
    seen.set(topic, env);
    return other === undefined ? [] : [`${env}: expected another topic than that of ${other}`];
  });
}

/** The effective configuration as `path = value (origin)` rows; a set secret prints as `[set]`. */
export function describeConfig(loaded: LoadedConfig) {
  return rows.map(([name, row]) => ({
    path: row.path,
    variable: row.env,
    value: row.secret ? secretState(loaded.config[name]) : loaded.config[name],
    origin: loaded.origins[name],
  }));
}

const secretState = (value: unknown): string => (value === "" ? "" : "[set]");

interface Found {
  readonly origin: Origin;
  readonly value: unknown;
  readonly label: string;
}

interface Lookup {
  readonly row: Setting<unknown>;
  readonly environment: Environment;
  readonly fromFile: ReadonlyMap<string, unknown>;
  readonly problems: string[];
}

function findValue({ row, environment, fromFile, problems }: Lookup): Found {
  const direct = environment[row.env];
  if (direct !== undefined && direct !== "") {
    return { origin: "environment", value: direct, label: row.env };
  }
  const secretFile = row.secret ? environment[`${row.env}_FILE`] : undefined;
  if (secretFile !== undefined && secretFile !== "") {
    const value = readSecret(`${row.env}_FILE`, secretFile, problems);
    return { origin: "environment", value, label: `${row.env}_FILE` };
  }
  if (fromFile.has(row.path)) {
    return { origin: "file", value: fromFile.get(row.path), label: row.path };
  }
  return { origin: "default", value: row.initial, label: row.env };
}

function checked(row: Setting<unknown>, found: Found, problems: string[]): unknown {
  const parsed = row.schema.safeParse(found.value);
  if (parsed.success) return parsed.data;
  const expected = [...new Set(parsed.error.issues.map((issue) => issue.message))].join("; ");
  problems.push(`${found.label}: ${expected} (${row.doc})`);
  return row.initial;
}

function readSecret(variable: string, path: string, problems: string[]): string {
  const text = readText(path);
  if (text === undefined) {
    problems.push(`${variable}: expected the path of a readable file, found ${path}`);
  }
  return text?.trim() ?? "";
}

/** `undefined`: absent, a folder, or not for this user. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function readFileValues(path: string | undefined, problems: string[]): Map<string, unknown> {
  const values = new Map<string, unknown>();
  if (path === undefined || path === "") return values;
  const document = readDocument(path);
  if (document === undefined) {
    const expected = "expected the path of a readable YAML file of keys";
    problems.push(`${configFileVariable}: ${expected}, found ${path}`);
    return values;
  }
  const known = new Set(rows.map(([, row]) => row.path));
  for (const [key, value] of flatten(document, "")) {
    if (known.has(key)) values.set(key, value);
    else problems.push(`${key}: unknown key in the file that ${configFileVariable} names`);
  }
  return values;
}

/**
 * The file's groups of keys; an empty file has none. The parser's own message is dropped: it quotes the lines
 * around the fault, which may hold a secret.
 */
function readDocument(path: string): object | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    const document: unknown = parse(text) ?? {};
    return typeof document === "object" && !Array.isArray(document) ? (document ?? {}) : undefined;
  } catch {
    return undefined;
  }
}

function flatten(value: unknown, prefix: string): [string, unknown][] {
  const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isGroup) return prefix === "" ? [] : [[prefix, value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, prefix === "" ? key : `${prefix}.${key}`),
  );
}

function unknownVariables(environment: Environment): string[] {
  const known = new Set([configFileVariable]);
  for (const [, row] of rows) {
    known.add(row.env);
    if (row.secret) known.add(`${row.env}_FILE`);
  }
  return Object.keys(environment)
    .filter((name) => name.startsWith("DESKWATCH_") && !name.startsWith(testVariablePrefix))
    .filter((name) => !known.has(name))
    .map((name) => `${name}: unknown variable`);
}
