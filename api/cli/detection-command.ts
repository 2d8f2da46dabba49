/** `deskwatch detection print` and `detection check`. */
import { Command } from "commander";
import { defaultParameters } from "../../detectors/parameters/detection-parameters.ts";
import { detectionPlan } from "../../detectors/parameters/detection-plan.ts";
import { readParameterFile } from "../../detectors/parameters/parameter-file.ts";
import { digestOf, printParameters } from "../../detectors/parameters/parameter-print.ts";
import { compileSigma } from "../../detectors/sigma/sigma-file.ts";
import type { SigmaRule } from "../../detectors/sigma/sigma-rule.ts";
import { readSigmaSources } from "../../detectors/sigma/sigma-source.ts";
import { loadConfig, processEnvironment } from "../../ingest/runtime/config.ts";
import type { Output } from "../output.ts";

const rowOf = ({ id, meta, counted, groupBy, timespan, expected }: SigmaRule) => ({
  id,
  severity: meta.severity,
  counts: counted === undefined ? "events" : `distinct ${counted.name}`,
  by: groupBy.map(({ name }) => name).join(", "),
  within: timespan.text,
  alerts_at: expected,
  title: meta.title,
});

export function detectionCommand(output: Output): Command {
  const command = new Command("detection").description(
    "Shows or checks detection's parameters and analysts' rules.",
  );
  command
    .command("print")
    .description("Prints the defaults as commented YAML, to begin a file of one's own with.")
    .option("--effective", "those that the configuration and its file make instead")
    .action((options: { effective?: boolean }) => {
      const parameters =
        options.effective === true
          ? detectionPlan(loadConfig(processEnvironment()).config).parameters
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
  command
    .command("rules")
    .argument("<path>", "a Sigma file of analysts' own rules, or a folder of them")
    .description("Lists the rules; exits with 2 and every line at fault if they cannot be used.")
    .option("--json", "one JSON document")
    .action((path: string, options: { json?: boolean }) => {
      const rules = compileSigma(readSigmaSources(path));
      output.rows(rules.map(rowOf), options.json === true);
    });
  return command;
}
