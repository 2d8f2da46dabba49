/** `deskwatch evaluate`: what detection is worth on a labelled stream, nothing stored. */
import { writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import { evaluate } from "../../detectors/evaluation/evaluation.ts";
import type { LabelledStream } from "../../detectors/evaluation/labelled-stream.ts";
import {
  type TransformName,
  transformNames,
  transforms,
} from "../../detectors/evaluation/transforms.ts";
import {
  detectionPlan,
  engineOptionsOf,
  refuseUnknownDisabled,
  withBudget,
} from "../../detectors/parameters/detection-plan.ts";
import { openContext, withContext } from "../context.ts";
import type { Output } from "../output.ts";
import { printEvaluation } from "./evaluation-report.ts";
import { type LabelledFiles, readLabelledFiles } from "./labelled-files.ts";
import { momentOption, numberOption, refuseUnknownIn } from "./option.ts";
import { openRunsBar } from "./progress.ts";

interface EvaluateOptions {
  readonly in: readonly string[];
  readonly truth: string;
  readonly json?: string;
  readonly lists?: string;
  readonly testFrom?: number;
  readonly detection?: string;
  readonly sigma?: string;
  readonly falseAlerts?: number;
  readonly disable: readonly string[];
  readonly transform: readonly TransformName[];
  /** `--no-worth`. */
  readonly worth: boolean;
}

export function evaluateCommand(output: Output): Command {
  return new Command("evaluate")
    .description("Plays a labelled stream and prints what detection is worth on it.")
    .requiredOption("--in <file...>", "NDJSON, plain or .gz; several are merged by time")
    .requiredOption("--truth <file>", "what really happened, as `simulate --truth` writes it")
    .option("--json <file>", "writes all figures, every episode and every alert as JSON")
    .option("--lists <file>", "JSON with canary_subjects and watchlist_subjects; may be the truth")
    .option(
      "--test-from <date>",
      "judges from here, RFC 3339; default: the truth's test_start",
      momentOption,
    )
    .option("--detection <file>", "parameters of detection; default: those of the configuration")
    .option("--sigma <path>", "analysts' own rules; default: those of the configuration")
    .option("--false-alerts <n>", "budget per 100 agents per day", numberOption(0.001, 100))
    .option("--disable <detector...>", "detectors that do not run", [])
    .addOption(
      new Option("--transform <name...>", "changes the stream first, in this order")
        .choices(transformNames)
        .default([]),
    )
    .option("--no-worth", "spares the two further runs for each detector")
    .action((options: EvaluateOptions) => evaluateFiles(output, options));
}

async function evaluateFiles(output: Output, options: EvaluateOptions): Promise<void> {
  const context = openContext(output, { DESKWATCH_LOG_LEVEL: "error" });
  await withContext(context, async ({ config }) => {
    const configured = detectionPlan({
      ...config,
      detectionFile: options.detection ?? config.detectionFile,
      sigmaRules: options.sigma ?? config.sigmaRules,
    });
    refuseUnknownIn(configured, "--disable", options.disable);
    const plan = withBudget(configured, options.falseAlerts);
    const stream = await readLabelledFiles(context, filesOf(options, config.subjectListsFile));
    const given = options.lists === undefined ? "DESKWATCH_SUBJECT_LISTS_FILE" : "--lists";
    refuseUnknownDisabled(configured, given, stream);
    if (stream.refused > 0) output.note(`${stream.refused} records are no events`);
    const transformed = options.transform.reduce<LabelledStream>(
      (before, name) => transforms[name](before),
      stream,
    );
    const bar = openRunsBar("evaluate");
    context.lifecycle.onStop("progress", bar.stop);
    const evaluation = evaluate(transformed, {
      ...engineOptionsOf(plan, {
        ...stream,
        disabledDetectors: [...stream.disabledDetectors, ...options.disable],
      }),
      withDetectorWorth: options.worth,
      onRun: bar.update,
    });
    bar.stop();
    if (options.json !== undefined) {
      writeFileSync(options.json, `${JSON.stringify(evaluation, null, 2)}\n`);
    }
    printEvaluation(output, evaluation);
  });
}

const filesOf = (options: EvaluateOptions, configuredLists: string): LabelledFiles => ({
  events: options.in,
  truth: options.truth,
  lists: options.lists ?? configuredLists,
  testFrom: options.testFrom,
});
