/** The `deskwatch` command: its sub-commands, its help and its exit codes. */
import { Command } from "commander";
import { version } from "../version.ts";
import { configCommand } from "./config-command.ts";
import { reportFailure } from "./failure.ts";
import { terminalOutput } from "./output.ts";

/** Builds the whole command tree; opens nothing. */
export function createProgram(): Command {
  const program = new Command("deskwatch")
    .description("Audits who looked at whose record in a support console.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(add --help for the options)");
  for (const command of [configCommand]) program.addCommand(command(terminalOutput).exitOverride());
  return program;
}

/** Runs one command line and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = reportFailure(error, terminalOutput);
  }
}
