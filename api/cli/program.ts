/** The `deskwatch` command: its sub-commands, its help and its exit codes. */
import { Command } from "commander";
import { terminalOutput } from "../output.ts";
import { version } from "../version.ts";
import { backtestCommand } from "./backtest-command.ts";
import { backupCommand, restoreCommand } from "./backup-command.ts";
import { configCommand } from "./config-command.ts";
import { demoCommand } from "./demo-command.ts";
import { detectionCommand } from "./detection-command.ts";
import { doctorCommand } from "./doctor-command.ts";
import { evaluateCommand } from "./evaluate-command.ts";
import { evidenceCommand } from "./evidence-command.ts";
import { reportFailure } from "./failure.ts";
import { holdCommand } from "./hold-command.ts";
import { kafkaCommand } from "./kafka-command.ts";
import { keysCommand } from "./keys-command.ts";
import { ledgerCommand } from "./ledger-command.ts";
import { loadCommand } from "./load-command.ts";
import { replayCommand } from "./replay-command.ts";
import { retentionCommand } from "./retention-command.ts";
import { detectCommand, ingestCommand, serveCommand, upCommand } from "./roles-command.ts";
import { simulateCommand } from "./simulate-command.ts";
import { subjectCommand } from "./subject-command.ts";
import { suppressionCommand } from "./suppression-command.ts";
import { verifyCommand } from "./verify-command.ts";
import { witnessCommand } from "./witness-command.ts";

const commands = [
  demoCommand,
  upCommand,
  ingestCommand,
  detectCommand,
  serveCommand,
  simulateCommand,
  replayCommand,
  evaluateCommand,
  backtestCommand,
  loadCommand,
  verifyCommand,
  evidenceCommand,
  backupCommand,
  restoreCommand,
  witnessCommand,
  ledgerCommand,
  keysCommand,
  retentionCommand,
  holdCommand,
  suppressionCommand,
  subjectCommand,
  detectionCommand,
  configCommand,
  kafkaCommand,
  doctorCommand,
];

/** Builds the whole command tree; opens nothing. */
export function createProgram(): Command {
  const program = new Command("deskwatch")
    .description("Audits who looked at whose record in a support console.")
    .version(version);
  for (const command of commands) program.addCommand(command(terminalOutput));
  setUpErrors(program);
  return program;
}

/** commander ends the process itself unless each command, at every depth, is told not to; the hint, too, is each one's. */
function setUpErrors(command: Command): void {
  command.exitOverride().showHelpAfterError("(add --help for the options)");
  for (const inner of command.commands) setUpErrors(inner);
}

/** Runs one command line and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = reportFailure(error, terminalOutput);
  }
}
