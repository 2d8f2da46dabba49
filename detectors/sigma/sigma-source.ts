/** Where the files of analysts' rules are: one file, or every `.yml` and `.yaml` in a folder. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, readText } from "../../ingest/runtime/config.ts";
import type { RuleSource } from "./sigma-file.ts";

const filesMax = 256;
const fileBytesMax = 262_144;

/** By name; none for an empty path. Throws `ConfigError`. */
export function readSigmaSources(path: string): readonly RuleSource[] {
  if (path === "") return [];
  const files = filesAt(path);
  if (files === undefined) {
    throw new ConfigError([`${path}: expected a readable Sigma file, or a folder of them`]);
  }
  if (files.length > filesMax) {
    throw new ConfigError([`${path}: expected at most ${filesMax} files, found ${files.length}`]);
  }
  return files.map((file) => ({ file, text: textOf(file) }));
}

function filesAt(path: string): string[] | undefined {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name));
    return names.toSorted().map((name) => join(path, name));
  } catch {
    return undefined;
  }
}

function textOf(file: string): string {
  const text = readText(file);
  if (text === undefined) throw new ConfigError([`${file}: expected a readable Sigma file`]);
  if (text.length <= fileBytesMax) return text;
  throw new ConfigError([`${file}: expected at most ${fileBytesMax} bytes, found ${text.length}`]);
}
