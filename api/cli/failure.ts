/**
 * How a command ends: 0 done, 1 failed, 2 wrong usage or configuration.
 */
import { CommanderError } from "commander";
import { ConfigError } from "../../ingest/runtime/config.ts";
import { CommandError } from "../command-error.ts";
import type { Output } from "../output.ts";

/** Says what went wrong, in a line a person can act on, and gives the exit code. */
export function reportFailure(error: unknown, output: Output): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ConfigError) {
    output.note(error.message);
    return 2;
  }
  if (error instanceof CommandError) {
    output.note(`deskwatch: ${error.message}`);
    return error.exitCode;
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : "unknown failure";
  output.note(`deskwatch: ${message}${code === "" ? "" : ` [${code}]`}`);
  return configurationCodes.has(code) ? 2 : 1;
}

/** Values that only their user can tell to be wrong: keys and files that the configuration names. */
const configurationCodes: ReadonlySet<string> = new Set([
  "config.place",
  "config.listen",
  "config.subject_lists",
  "config.truth",
  "keys.invalid",
  "keys.other",
]);
