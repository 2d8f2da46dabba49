/** `deskwatch backtest`: which alerts a change of detection would have gained and lost, over files or a store. */
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { createEngine, engineVersion } from "../../detectors/engine/engine.ts";
import {
  type Backtest,
  type BacktestResult,
  createBacktest,
} from "../../detectors/evaluation/backtest.ts";
import type { RaisedAlert } from "../../detectors/evaluation/play.ts";
import {
  detectionPlan,
  engineOptionsOf,
  refuseUnknownDisabled,
  withBudget,
  withMode,
} from "../../detectors/parameters/detection-plan.ts";
import { createEngineJournal } from "../../detectors/runner/engine-journal.ts";
import { recover } from "../../detectors/runner/recovery.ts";
import { emptyLists, readSubjectLists, type SubjectLists } from "../../detectors/subject-lists.ts";
import { soleLease } from "../../ingest/notary/lease.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { CommandError } from "../command-error.ts";
import { type Context, openContext, openOwnStore, withContext } from "../context.ts";
import { statementLogsOf } from "../ledger.ts";
import type { Output } from "../output.ts";
import { firstInstant, instant, lastInstant } from "../parameters.ts";
import { eachEventOf } from "./labelled-files.ts";
import { numberOption, refuseUnknownIn } from "./option.ts";
import { throwAwayKeys } from "./own-keys.ts";

interface BacktestOptions {
  readonly in: readonly string[];
  readonly stored?: boolean;
  readonly disable: readonly string[];
  readonly enable: readonly string[];
  readonly falseAlerts?: number;
  readonly detection?: string;
  readonly sigma?: string;
  readonly lists?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

export function backtestCommand(output: Output): Command {
  return new Command("backtest")
    .description("Plays history twice, as configured and with a change: alerts gained and lost.")
    .option("--in <file...>", "NDJSON, plain or .gz; several are merged by time", [])
    .option("--stored", "the recorded inputs of a store at rest, in their order")
    .option("--disable <detector...>", "the change: these do not run", [])
    .option(
      "--enable <detector...>",
      "the change: these run, also those disabled or in the shadow",
      [],
    )
    .option(
      "--false-alerts <n>",
      "the change: budget per 100 agents per day",
      numberOption(0.001, 100),
    )
    .option("--detection <file>", "the change: other parameters of detection")
    .option("--sigma <path>", "the change: other rules of analysts' own")
    .option("--lists <file>", "the change: other canaries, watch list and disabled detectors")
    .option("--from <time>", "RFC 3339; alerts raised before only warm up")
    .option("--to <time>", "RFC 3339, included")
    .option("--json", "one JSON document")
    .action((options: BacktestOptions) => backtest(output, options));
}

async function backtest(output: Output, options: BacktestOptions): Promise<void> {
  refuseNothing(options);
  const from = timeOf("--from", options.from) ?? firstInstant;
  const to = timeOf("--to", options.to) ?? lastInstant;
  if (from > to) throw new CommandError("--to: expected a time not before --from", 2);
  await withContext(openContext(output, { DESKWATCH_LOG_LEVEL: "error" }), async (context) => {
    const played =
      options.stored === true
        ? await playStored(context, options)
        : await playFiles(output, context, options);
    print(output, played.result(from, to), options.json === true);
  });
}

function refuseNothing(options: BacktestOptions): void {
  if (options.in.length > 0 === (options.stored === true)) {
    throw new CommandError("expected exactly one of --in and --stored", 2);
  }
  const { disable, enable, falseAlerts, detection, sigma, lists } = options;
  const isChange = [falseAlerts, detection, sigma, lists].some((one) => one !== undefined);
  if (isChange || disable.length + enable.length > 0) return;
  const told = "--detection, --sigma, --disable, --enable, --false-alerts or --lists";
  throw new CommandError(`expected a change: ${told}`, 2);
}

function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = instant.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CommandError(`${option}: expected an RFC 3339 time from 1970 to 2299`, 2);
}

type Tokenizer = ReturnType<typeof createTokenizer>;

function openBacktest({ config }: Context, options: BacktestOptions, tokenizer: Tokenizer) {
  const read = (path: string): Partial<SubjectLists> =>
    path === "" ? {} : readSubjectLists(path, tokenizer);
  const noLists: Pick<SubjectLists, "canaries" | "watchlist" | "disabledDetectors"> = emptyLists;
  const before = detectionPlan(config);
  const listsBefore = { ...noLists, ...read(config.subjectListsFile) };
  refuseUnknownDisabled(before, "DESKWATCH_SUBJECT_LISTS_FILE", listsBefore);
  const changed = detectionPlan({
    ...config,
    detectionFile: options.detection ?? config.detectionFile,
    sigmaRules: options.sigma ?? config.sigmaRules,
  });
  refuseUnknownIn(changed, "--disable", options.disable);
  refuseUnknownIn(changed, "--enable", options.enable);
  const after = withMode(
    withMode(withBudget(changed, options.falseAlerts), options.disable, "disabled"),
    options.enable,
    "alert",
  );
  const listsGiven = read(options.lists ?? "");
  refuseUnknownDisabled(changed, "--lists", { ...noLists, ...listsGiven });
  const listsAfter = { ...listsBefore, ...listsGiven };
  const enabled = new Set(options.enable);
  const disabledDetectors = listsAfter.disabledDetectors.filter((id) => !enabled.has(id));
  return createBacktest(
    engineOptionsOf(before, listsBefore),
    engineOptionsOf(after, { ...listsAfter, disabledDetectors }),
  );
}

async function playFiles(
  output: Output,
  context: Context,
  options: BacktestOptions,
): Promise<Backtest> {
  const key = context.config.tokenKey === "" ? throwAwayKeys.tokenKey : context.config.tokenKey;
  const tokenizer = createTokenizer(parseKey("DESKWATCH_TOKEN_KEY", key));
  const backtest = openBacktest(context, options, tokenizer);
  const refused = await eachEventOf(options.in, { ...context, tokenizer }, backtest.step);
  if (refused > 0) output.note(`${refused} records are no events`);
  return backtest;
}

/** From the first recorded input on, verdicts and reads included. */
async function playStored(context: Context, options: BacktestOptions): Promise<Backtest> {
  const tokenizer = createTokenizer(parseKey("DESKWATCH_TOKEN_KEY", context.config.tokenKey));
  const backtest = openBacktest(context, options, tokenizer);
  const store = await openOwnStore(context);
  const nothingSaved = async () => ({ kind: "saved", sequence: 0, rows: [] }) as const;
  await recover({
    ...context,
    // Takes nothing: both engines begin empty.
    engine: createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] }),
    isReadable: () => true,
    journal: { ...createEngineJournal(store, engineVersion), load: nothingSaved },
    reader: store.reader,
    statements: statementLogsOf(context, store),
    lease: soleLease,
    pause: (ms) => sleep(ms),
    score: async (inputs) => {
      for (const input of inputs) backtest.step(input);
    },
  });
  return backtest;
}

const rowOf = (change: string) => (alert: RaisedAlert) => ({
  change,
  time: new Date(alert.raised.at).toISOString(),
  alert_id: alert.id,
  agent_id: alert.agentId ?? null,
  detectors: alert.detectors.join(","),
  title: alert.title,
});

function print(output: Output, { kept, gained, lost }: BacktestResult, asJson: boolean): void {
  const counts = { before: kept.length + lost.length, after: kept.length + gained.length };
  const changes = { kept: kept.length, gained: gained.length, lost: lost.length };
  const rows = [...gained.map(rowOf("gained")), ...lost.map(rowOf("lost"))].toSorted((a, b) =>
    a.time < b.time ? -1 : 1,
  );
  if (asJson) {
    const alerts = [...rows, ...kept.map(rowOf("kept"))];
    output.line(JSON.stringify({ ...counts, ...changes, alerts }, null, 2));
    return;
  }
  output.rows([{ ...counts, ...changes }], false);
  output.line("");
  output.rows(rows, false);
}
