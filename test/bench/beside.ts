/**
 * Beside a real tool for the same work, over the same bytes and the same engine behind its HTTP front: the tool and
 * the engine are killed with SIGKILL in turn and started again, as a supervisor does. What is lost and what doubled
 * is counted by event id.
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { eventTables } from "../../ingest/clickhouse/event-rows.ts";
import { eventTopics } from "../../ingest/kafka/topics.ts";
import { createRandom } from "../../ingest/simulator/random.ts";
import { type BenchRow, cost, rate } from "./bench-row.ts";
import { startCamel } from "./camel.ts";
import type { Child } from "./child.ts";
import { type EngineFront, startEngineFront } from "./engine-front.ts";
import { lossesIn } from "./kills.ts";
import { startService } from "./service.ts";
import { fill, openStage, type Stage } from "./stage.ts";

const kills = 8;
/** A kill comes this long after something more was stored. */
const killMs = { least: 50, most: 600 } as const;
/** Longer than a range that is in doubt waits before it is written again. */
const quietMs = 25_000;
const moreMsMax = 120_000;
const sessionMs = 6_000;
/** Half of the kills are the tool's; it may also give up by itself when the engine is away. */
const startsMax = 20;
const camelTable = "camel_events";

/** `events`: how many the topics hold. */
export async function benchBeside(folder: string, events: number): Promise<BenchRow[]> {
  const stage = await openStage(folder, events);
  try {
    const config = { ...stage.config("beside"), kafkaSessionMs: sessionMs };
    await fill(stage, config, { from: 0, count: events });
    const random = createRandom("beside");
    const waits = Array.from({ length: kills }, () => random.between(killMs.least, killMs.most));
    const run = { stage, config, events, waits };
    const camel = await camelRun(run);
    const own = await ownRun(run);
    const limitName = "Apache Camel under the same kills";
    return [
      ...(["lost", "doubled"] as const).map((name) =>
        cost({
          name: `beside.${name}`,
          value: own[name],
          unit: `of ${events} events`,
          target: 0,
          limit: { name: limitName, value: camel[name] },
        }),
      ),
      rate({
        name: "beside.events",
        value: own.perSecond,
        unit: "events/s, killed",
        limit: { name: limitName, value: camel.perSecond },
      }),
    ];
  } finally {
    await stage.stop();
  }
}

interface Run {
  readonly stage: Stage;
  readonly config: ReturnType<Stage["config"]>;
  readonly events: number;
  readonly waits: readonly number[];
}

async function camelRun({ stage, config, events, waits }: Run) {
  const folder = join(stage.folder, "camel");
  const engine = await startEngineFront(folder);
  await engine.ask(`CREATE TABLE ${camelTable} (event_id String, kind LowCardinality(String), time String)
    ENGINE = MergeTree ORDER BY event_id`);
  const topics = [...new Set(Object.values(eventTopics(config)))];
  const perSecond = await survived(waits, {
    engine,
    table: camelTable,
    start: () =>
      startCamel({ folder, config, topics, groupId: "camel", url: engine.url, table: camelTable }),
  });
  return { ...(await lossesIn(folder, [`default.${camelTable}`], events)), perSecond };
}

async function ownRun({ stage, config, events, waits }: Run) {
  const folder = join(stage.folder, "own");
  const engine = await startEngineFront(folder);
  const place = {
    config,
    dataDir: join(folder, "ingest"),
    listsPath: stage.mix.listsPath,
    clickhouseUrl: engine.url,
  };
  const perSecond = await survived(waits, {
    engine,
    table: "deskwatch.outcomes",
    start: async () => (await startService(place, "ingest")).child,
  });
  return { ...(await lossesIn(folder, Object.values(eventTables), events)), perSecond };
}

interface Contender {
  readonly engine: EngineFront;
  /** Where its rows are counted. */
  readonly table: string;
  readonly start: () => Promise<Child>;
}

/** Kills the tool and the engine in turn until the schedule is over and nothing more is stored; rows a second. */
async function survived(waits: readonly number[], contender: Contender): Promise<number> {
  const { engine, table } = contender;
  let tool = await contender.start();
  let starts = 0;
  const supervised = async (): Promise<number> => {
    if (!engine.child().isRunning()) await engine.restart();
    if (!tool.isRunning()) {
      starts += 1;
      if (starts > startsMax) throw new Error("the tool ends again and again by itself");
      tool = await contender.start();
    }
    return engine.count(table);
  };
  let had = 0;
  const begun = performance.now();
  for (const [turn, ms] of waits.entries()) {
    had = await more(supervised, had);
    await wait(ms);
    const victim = turn % 2 === 0 ? tool : engine.child();
    victim.kill("SIGKILL");
    await victim.ended;
  }
  const { count, at } = await untilQuiet(supervised);
  tool.kill("SIGKILL");
  await tool.ended;
  await engine.stop();
  return (count * 1_000) / (at - begun);
}

/** Rows, once there are more than there were; also when there are no more to come. */
async function more(count: () => Promise<number>, had: number): Promise<number> {
  const until = performance.now() + moreMsMax;
  for (;;) {
    const found = await count();
    if (found > had || performance.now() > until) return found;
    await wait(50);
  }
}

async function untilQuiet(count: () => Promise<number>) {
  let last = { count: await count(), at: performance.now() };
  while (last.count === 0 || performance.now() - last.at < quietMs) {
    await wait(250);
    const found = await count();
    if (found !== last.count) last = { count: found, at: performance.now() };
  }
  return last;
}
