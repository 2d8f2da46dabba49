/**
 * The file of detection's parameters: YAML, every key optional, none unknown. What is wrong is told with file, line,
 * path, what was expected and what was found; all of it at once.
 */
import type { z } from "zod";
import { ConfigError } from "../../ingest/runtime/config.ts";
import {
  type DetectionParameters,
  defaultParameters,
  detectionParametersSchema,
} from "./detection-parameters.ts";
import { parameterRows } from "./parameter-rows.ts";
import { openYaml, readYaml, type YamlText } from "./yaml-text.ts";

/** The parameters in the file, defaults for the rest; an empty path: all defaults. Throws `ConfigError`. */
export const readParameterFile = (path: string): DetectionParameters =>
  path === ""
    ? defaultParameters
    : parametersOf(path, readYaml(path, "YAML file of detection parameters"));

/** `path` is named in what is wrong. Throws `ConfigError`. */
export const parseParameters = (path: string, text: string): DetectionParameters =>
  parametersOf(path, openYaml(path, text));

function parametersOf(path: string, [yaml, second]: readonly YamlText[]): DetectionParameters {
  if (second !== undefined) throw new ConfigError([`${path}: expected one document, found more`]);
  const parsed = detectionParametersSchema.safeParse(yaml?.value ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap(problemsOf);
  throw new ConfigError(
    problems.map(({ at, told }) => `${yaml?.whereIs(at)}: ${told}${yaml?.foundAt(at)}`),
  );
}

interface Problem {
  readonly at: readonly string[];
  readonly told: string;
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const at = issue.path.map(String);
  const where = at.join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      at: [...at, key],
      told: `${[...at, key].join(".")}: no such parameter, expected ${expectedAt(at)}`,
    }));
  }
  if (issue.code === "custom") return [{ at, told: `${where}: expected ${issue.message}` }];
  return [{ at, told: `${where || "the file"}: expected ${expectedAt(at)}` }];
}

function expectedAt(path: readonly string[]): string {
  const rows = parameterRows();
  if (path.length === 0) {
    const names = rows.filter((row) => row.path.length === 1).map((row) => row.path[0]);
    return `a group of ${names.join(", ")}`;
  }
  const rowAt = (place: readonly string[]) =>
    rows.find((row) => row.path.join(".") === place.join("."));
  // Of a name that nobody knows beforehand the row is that of all of them.
  return (rowAt(path) ?? rowAt(path.slice(0, -1)))?.expected ?? "nothing";
}
