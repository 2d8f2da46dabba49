/**
 * What analysts wait for while accesses keep coming in: the four questions over HTTP to the whole service, over a
 * grown store, at first after a start and then beside a steady stream.
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { testStoreOptions } from "../helpers/store.ts";
import { type BenchRow, cost, median, rate } from "./bench-row.ts";
import { answerOf, resultOf, startScript } from "./child.ts";
import { serviceDrained } from "./drain.ts";
import { grow } from "./grown-store.ts";
import type { PaceResult, PaceTask } from "./pace-process.ts";
import {
  asked,
  type Question,
  type Questions,
  questionsAbout,
  timeToAnswer,
  timeToNothing,
} from "./questions.ts";
import { type Service, type ServicePlace, startService, untilReady } from "./service.ts";
import { fill, openStage, type Stage } from "./stage.ts";
import { quantileOf } from "./touches.ts";

/** Events that are stored and scored for the store to grow from. */
const seedEvents = 100_000;
const eventsPerSecond = 5_000;
const loadSeconds = 60;
const loadEvents = eventsPerSecond * loadSeconds;
const growMsMax = 3_600_000;
const startMsMax = 60_000;
/** Between an answer and the next question. */
const thinkMs = 200;
/** The queue is looked at more often than anything else. */
const round: readonly Question[] = [
  "alerts",
  "agent_day",
  "alerts",
  "subject_accesses",
  "alerts",
  "exposure",
  "alerts",
];
const msMax = { alerts: 50, agent_day: 100, subject_accesses: 100, exposure: 2_000 } as const;
const quietRounds = 15;

export async function benchUnderLoad(folder: string, accessesMin: number): Promise<BenchRow[]> {
  const stage = await openStage(folder, seedEvents + loadEvents);
  try {
    const config = stage.config("load");
    const place: ServicePlace = {
      config,
      dataDir: join(folder, "load"),
      listsPath: stage.mix.listsPath,
    };
    await fill(stage, config, { from: 0, count: seedEvents });
    const questions = await grownStore(place, accessesMin);
    const service = await startService(place);
    await untilReady(service);
    const first = await askedOnce(service, questions);
    const loaded = await askedUnderLoad(stage, { service, config, questions });
    await service.stop();
    return [...firstRows(first), ...loadedRows(loaded)];
  } finally {
    await stage.stop();
  }
}

/** Takes in the seed as the service does, lets it grow, and finds what to ask. */
async function grownStore(place: ServicePlace, accessesMin: number) {
  const service = await startService(place);
  await serviceDrained(service, seedEvents);
  await service.stop();
  const store = await openStore({ ...testStoreOptions(place.dataDir), queryMsMax: growMsMax });
  try {
    const { writer, reader } = store;
    await grow({ writer, reader, accessesMin });
    return await questionsAbout(reader);
  } finally {
    await store.close();
  }
}

interface Times extends Readonly<Record<Question, readonly number[]>> {
  /** Of requests that ask for nothing, at the same time. */
  readonly nothing: readonly number[];
}

async function askedOnce(service: Service, questions: Questions): Promise<Times> {
  const times = noTimes();
  for (const name of asked) times[name].push(await timeToAnswer(service, questions, name));
  for (let turn = 0; turn < quietRounds; turn += 1) {
    times.nothing.push(await timeToNothing(service));
  }
  return times;
}

const noTimes = (): Record<Question | "nothing", number[]> => ({
  alerts: [],
  agent_day: [],
  subject_accesses: [],
  exposure: [],
  nothing: [],
});

interface Load {
  readonly service: Service;
  readonly config: ServicePlace["config"];
  readonly questions: Questions;
}

interface Loaded {
  readonly times: Times;
  /** Events per second that were stored and scored while the stream lasted. */
  readonly perSecond: number;
}

/** One analyst, as long as the stream lasts. */
async function askedUnderLoad(stage: Stage, { service, config, questions }: Load): Promise<Loaded> {
  const child = startScript("pace-process.ts", {
    config,
    path: stage.mix.path,
    from: seedEvents,
    count: loadEvents,
    perSecond: eventsPerSecond,
  } satisfies PaceTask);
  const isUnderWay = async () => ((await doneBy(service)) > 0 ? true : undefined);
  await answerOf(child, isUnderWay, { msMax: startMsMax });
  const begun = { at: performance.now(), done: await doneBy(service) };
  const times = noTimes();
  while (child.isRunning()) {
    for (const name of round) {
      times.nothing.push(await timeToNothing(service));
      times[name].push(await timeToAnswer(service, questions, name));
      await wait(thinkMs);
    }
  }
  const seconds = (performance.now() - begun.at) / 1_000;
  const perSecond = ((await doneBy(service)) - begun.done) / seconds;
  await resultOf<PaceResult>(child);
  return { times, perSecond };
}

async function doneBy(service: Service): Promise<number> {
  const { stored, scored } = await service.progress();
  return Math.min(stored, scored);
}

const firstRows = (times: Times): BenchRow[] =>
  asked.map((name) =>
    cost({
      name: `under_load.${name}_first`,
      value: times[name][0] ?? Number.NaN,
      unit: "ms",
      target: msMax[name],
      limit: { name: "a request for nothing, alone", value: median(times.nothing) },
    }),
  );

function loadedRows({ times, perSecond }: Loaded): BenchRow[] {
  const nothing = ascending(times.nothing);
  const rows = [0.5, 0.99].flatMap((part) =>
    asked.map((name) =>
      cost({
        name: `under_load.${name}_p${100 * part}`,
        value: quantileOf(ascending(times[name]), part),
        unit: "ms",
        target: msMax[name],
        limit: { name: "a request for nothing meanwhile", value: quantileOf(nothing, part) },
      }),
    ),
  );
  const taken = rate({
    name: "under_load.taken_in",
    value: perSecond,
    unit: "events/s",
    target: eventsPerSecond,
    limit: { name: "what is sent", value: eventsPerSecond },
  });
  return [...rows, taken];
}

const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);
