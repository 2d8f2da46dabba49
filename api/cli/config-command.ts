/** `deskwatch config print` and `config check`. */
import { Command } from "commander";
import { detectionPlan } from "../../detectors/parameters/detection-plan.ts";
import {
  ConfigError,
  describeConfig,
  loadConfig,
  processEnvironment,
} from "../../ingest/runtime/config.ts";
import { configuredLists } from "../configured-lists.ts";
import type { Output } from "../output.ts";
import { throwAwayKeys } from "./own-keys.ts";
import { unfitSettings } from "./start-checks.ts";

export function configCommand(output: Output): Command {
  const command = new Command("config").description("Shows or checks the configuration.");
  command
    .command("print")
    .description("Prints every setting with its origin; secrets only as [set].")
    .option("--json", "one JSON document")
    .action((options: { json?: boolean }) => {
      output.rows(describeConfig(loadConfig(processEnvironment())), options.json === true);
    });
  command
    .command("check")
    .description("Exits with 0 when the configuration can be used, with 2 when it cannot.")
    .action(() => {
      const { config } = loadConfig(processEnvironment());
      const unfit = unfitSettings(config);
      if (unfit.length > 0) throw new ConfigError(unfit);
      // Whether the lists can be read does not hang on the key, which a check may be without.
      configuredLists({ config: { ...config, ...throwAwayKeys }, output }, detectionPlan(config));
      output.line("configuration ok");
    });
  return command;
}
