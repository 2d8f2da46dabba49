/** `deskwatch detection print` and `detection check`. */
import { Command } from "commander";
import { defaultParameters } from "../../detectors/parameters/detection-parameters.ts";
import { effectiveParameters } from "../../detectors/parameters/effective-parameters.ts";
import { readParameterFile } from "../../detectors/parameters/parameter-file.ts";
import { digestOf, printParameters } from "../../detectors/parameters/parameter-print.ts";
import { loadConfig, processEnvironment } from "../../ingest/runtime/config.ts";
import type { Output } from "../output.ts";

export function detectionCommand(output: Output): Command {
  const command = new Command("detection").description("Shows or checks detection's parameters.");
  command
    .command("print")
    .description("Prints the defaults as commented YAML, to begin a file of one's own with.")
    .option("--effective", "those that the configuration and its file make instead")
    .action((options: { effective?: boolean }) => {
      const parameters =
        options.effective === true
          ? effectiveParameters(loadConfig(processEnvironment()).config)
          : defaultParameters;
      output.line(printParameters(parameters).trimEnd());
    });
  command
    .command("check")
    .argument("<file>", "YAML, as `detection print` writes it; what is left out has its default")
    .description("Exits with 0 when the file can be used, with 2 and every line at fault if not.")
    .action((file: string) => {
      output.line(`detection parameters ok (${digestOf(readParameterFile(file))})`);
    });
  return command;
}
