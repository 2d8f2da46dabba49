/**
 * `deskwatch simulate`: a labelled stream of a support desk to a file or to Kafka, or one named misuse fired
 * into a running system.
 */
import { Command, Option } from "commander";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { checkFile } from "../../ingest/runtime/place.ts";
import { dayMs } from "../../ingest/simulator/calendar.ts";
import { labelledStream } from "../../ingest/simulator/demo-month.ts";
import { agentsMax, createDesk, type Desk } from "../../ingest/simulator/desk.ts";
import { evaluationOrganisations } from "../../ingest/simulator/evaluation/evaluation-organisations.ts";
import type { Truth } from "../../ingest/simulator/misuse.ts";
import { misuses } from "../../ingest/simulator/misuse-catalogue.ts";
import { labelOrganisation } from "../../ingest/simulator/organisation.ts";
import { drawOrganisation } from "../../ingest/simulator/organisation-draw.ts";
import type { WireEvent } from "../../ingest/simulator/wire-event.ts";
import { CommandError } from "../command-error.ts";
import { openContext, withContext } from "../context.ts";
import type { Output } from "../output.ts";
import { fireMisuse } from "./fire.ts";
import { countOption, momentOption } from "./option.ts";
import { openKafkaSink, openNdjsonSink, writeTruth } from "./stream-sink.ts";

interface SimulateOptions {
  readonly list?: boolean;
  readonly json?: boolean;
  readonly out?: string;
  readonly kafka?: boolean;
  readonly truth?: string;
  readonly misuse?: readonly string[];
  readonly agent?: string;
  readonly seed: string;
  readonly agents: number;
  readonly days: number;
  readonly start?: number;
  readonly evaluation?: number;
  readonly organisation?: string;
  readonly attacks: boolean;
}

/** What a whole organisation has of its own. */
const ofOneDesk = ["misuse", "seed", "agents", "days", "start"];

export function simulateCommand(output: Output): Command {
  return new Command("simulate")
    .description("Writes a labelled stream, or fires one misuse into a running system.")
    .argument("[misuse]", "fire this misuse now (see --list)")
    .option("--list", "lists the misuses")
    .option("--json", "with --list: one JSON document")
    .option("--agent <id>", "with a misuse: the account that is used")
    .option("--out <file>", "writes NDJSON; gzip when the name ends in .gz")
    .option("--kafka", "produces to the topics at KAFKA_BROKERS")
    .option("--truth <file>", "writes what really happened, as JSON")
    .option("--misuse <id...>", "plants these misuses, a day apart, in the last third")
    .option("--seed <text>", "same seed, same bytes", "deskwatch")
    .option("--agents <n>", "size of the desk", countOption(3, agentsMax), 40)
    .option("--days <n>", "length", countOption(1, 3_660), 30)
    .option("--start <date>", "first day, RFC 3339; default: so many days ago", momentOption)
    .addOption(
      new Option(
        "--organisation <seed>",
        "a whole organisation of its own kind, with every story; 7 weeks",
      ).conflicts(["evaluation", ...ofOneDesk]),
    )
    .addOption(
      new Option("--evaluation <n>", "one of the organisations that detection is judged on")
        .argParser(countOption(1, evaluationOrganisations.length))
        .conflicts(ofOneDesk),
    )
    .option("--no-attacks", "with either: the same without misuse")
    .action((misuse: string | undefined, options: SimulateOptions) => {
      if (options.list === true) return listMisuses(output, options.json === true);
      return misuse === undefined ? writeStream(output, options) : fire(output, misuse, options);
    });
}

function listMisuses(output: Output, asJson: boolean): void {
  output.rows(
    misuses.map(({ id, title, doc }) => ({ id, title, what: doc })),
    asJson,
  );
}

async function fire(output: Output, id: string, options: SimulateOptions): Promise<void> {
  await withContext(openContext(output), async (context) => {
    const fired = await fireMisuse(context, { id, agentId: options.agent, agents: options.agents });
    output.line(JSON.stringify(fired));
    output.note(
      "terminated-agent alerts in any system, canary-touch where the canaries are configured; the others" +
        " stand out once some hours of ordinary work are known, as in the demo",
    );
  });
}

async function writeStream(output: Output, options: SimulateOptions): Promise<void> {
  if ((options.out === undefined) === (options.kafka !== true)) {
    throw new CommandError("say where to: --out FILE or --kafka, or name a misuse", 2);
  }
  if (options.out !== undefined) checkFile("--out", options.out);
  if (options.truth !== undefined) checkFile("--truth", options.truth);
  const stream = streamOf(options);
  if (options.truth !== undefined) await writeTruth(options.truth, stream.truth);
  await withContext(openContext(output), async (context) => {
    const sink =
      options.out === undefined ? await openKafkaSink(context) : openNdjsonSink(options.out);
    let written = 0;
    for (const event of stream.events) {
      await sink.write(event);
      written += 1;
    }
    await sink.close();
    output.line(JSON.stringify({ events: written, incidents: stream.truth.episodes.length }));
  });
}

interface TrueStream {
  readonly events: Iterable<WireEvent>;
  readonly truth: { readonly episodes: readonly Truth[] };
}

function streamOf(options: SimulateOptions): TrueStream {
  const drawn = organisationOf(options);
  if (drawn !== undefined) {
    return labelOrganisation(drawn.organisation, options.attacks ? drawn.episodes : []);
  }
  if (!options.attacks) {
    throw new CommandError("--no-attacks: expected --organisation or --evaluation with it", 2);
  }
  const planted = plantedAt(options);
  const desk = createDesk({ seed: options.seed, agents: options.agents, start: startOf(options) });
  const stream = labelledStream(desk, options.days, planted);
  return { events: stream.events, truth: truthDocument(stream) };
}

function organisationOf({ evaluation, organisation }: SimulateOptions) {
  if (evaluation !== undefined) return evaluationOrganisations[evaluation - 1];
  return organisation === undefined ? undefined : drawOrganisation(organisation);
}

function startOf({ start, days }: SimulateOptions): number {
  return start ?? Math.floor(systemClock.now() / dayMs - days) * dayMs;
}

/** The first lies two thirds into the stream, the others a day later each, wrapping before the end. */
function plantedAt(options: SimulateOptions): { id: string; at: number }[] {
  const start = startOf(options);
  const firstDay = Math.floor((options.days * 2) / 3);
  const room = Math.max(1, options.days - firstDay);
  return (options.misuse ?? []).map((id, index) => {
    if (!misuses.some((misuse) => misuse.id === id)) {
      throw new CommandError(`--misuse: there is no ${id}; see --list`, 2);
    }
    const day = firstDay + (index % room);
    return { id, at: start + day * dayMs + dayMs / 2 };
  });
}

interface Labelled {
  readonly start: number;
  readonly end: number;
  readonly truths: readonly Truth[];
  readonly desk: Pick<Desk, "config">;
}

const truthDocument = ({ start, end, truths, desk }: Labelled) => ({
  period: { start: new Date(start).toISOString(), end: new Date(end).toISOString() },
  ...desk.config,
  episodes: truths,
});
