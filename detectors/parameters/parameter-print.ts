/** The parameters as a commented file, and as the table of the documents. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { DetectionParameters } from "./detection-parameters.ts";
import { type ParameterRow, parameterRows } from "./parameter-rows.ts";

const groupSchema = z.record(z.string(), z.unknown());

/** YAML that reads back as the same parameters. */
export function printParameters(parameters: DetectionParameters): string {
  const lines = [
    "# Parameters of detection; DESKWATCH_DETECTION_FILE names such a file. What is left out has its default.",
    "# Before a change takes effect, `deskwatch backtest --detection <file>` tells which alerts it would change.",
  ];
  for (const { path, doc, initial, expected } of parameterRows()) {
    const indent = "  ".repeat(path.length - 1);
    const key = path.at(-1) ?? "";
    if (initial === undefined) {
      const isInner = lines.at(-1)?.endsWith(":") === true;
      lines.push(...(isInner ? [] : [""]), `${indent}# ${doc}`, `${indent}${key}:`);
    } else {
      const value = valueAt(parameters, path);
      lines.push(`${indent}${key}: ${inYaml(value)} # ${doc} ${capitalised(expected)}.`);
    }
  }
  return `${lines.join("\n")}\n`;
}

const inYaml = (value: unknown): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function valueAt(parameters: DetectionParameters, path: readonly string[]): unknown {
  let value: unknown = parameters;
  for (const key of path) value = groupSchema.parse(value)[key];
  return value;
}

/** Lines of a Markdown table; of the detectors, what each of them has is one line. */
export function parameterTable(): readonly string[] {
  const leaves = parameterRows().filter(({ initial }) => initial !== undefined);
  const own = leaves.filter(({ path }) => path[0] !== "detectors");
  const ofDetectors = leaves.filter(({ path }) => path[0] === "detectors");
  const byKey = new Map(ofDetectors.toReversed().map((row) => [row.path[2], row]));
  return [...own.map(lineOf), ...[...byKey.values()].toReversed().map(detectorLineOf(ofDetectors))];
}

const lineOf = ({ path, initial, expected, doc }: ParameterRow): string =>
  `| \`${path.join(".")}\` | \`${initial}\` | ${expected} | ${doc} |`;

const detectorLineOf =
  (all: readonly ParameterRow[]) =>
  (row: ParameterRow): string => {
    const alike = all.filter(({ path }) => path[2] === row.path[2]);
    const isShared = alike.length > 1;
    const values = new Set(alike.map(({ initial }) => initial));
    const path = isShared ? `detectors.<id>.${row.path[2]}` : row.path.join(".");
    const initial = values.size === 1 ? `\`${row.initial}\`` : "its own";
    return `| \`${path}\` | ${initial} | ${row.expected} | ${row.doc} |`;
  };

/** What the parameters are known by: 64 bits of SHA-256 over all of them in the order of the file. */
export function digestOf(parameters: DetectionParameters): string {
  return createHash("sha256").update(printParameters(parameters)).digest("hex").slice(0, 16);
}
