/**
 * Killed with SIGKILL at moments that nobody chose, and started again: what is lost and what is doubled, by event
 * id, in Deskwatch and in the hand-written loop, under the same schedule.
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { eventTables } from "../../ingest/clickhouse/event-rows.ts";
import { createRandom } from "../../ingest/simulator/random.ts";
import { testStoreOptions } from "../helpers/store.ts";
import { type BenchRow, cost } from "./bench-row.ts";
import { answerOf, type Child } from "./child.ts";
import { hadBy, startPlain } from "./drain.ts";
import { type Service, startService } from "./service.ts";
import { fill, openStage, type Stage } from "./stage.ts";

const kills = 8;
/** A kill comes this long after the process has stored its first event. */
const killMs = { least: 50, most: 600 } as const;
const firstMsMax = 120_000;
/** Longer than a range that is in doubt waits before it is written again. */
const quietMs = 20_000;
const endMsMax = 300_000;
/** The loop and Deskwatch are given new members often; the default would make each wait 15 s. */
const sessionMs = 6_000;

interface Losses {
  readonly lost: number;
  readonly doubled: number;
}

/** `events`: how many the topics hold. */
export async function benchKills(folder: string, events: number): Promise<BenchRow[]> {
  const stage = await openStage(folder, events);
  try {
    const config = { ...stage.config("kills"), kafkaSessionMs: sessionMs };
    await fill(stage, config, { from: 0, count: events });
    const random = createRandom("kills");
    const waits = Array.from({ length: kills }, () => random.between(killMs.least, killMs.most));
    const plain = await plainLosses(stage, { config, events, waits });
    const own = await serviceLosses(stage, { config, events, waits });
    const limitName = "the hand-written loop under the same kills";
    return (["lost", "doubled"] as const).map((name) =>
      cost({
        name: `kills.${name}`,
        value: own[name],
        unit: `of ${events} events`,
        target: 0,
        limit: { name: limitName, value: plain[name] },
      }),
    );
  } finally {
    await stage.stop();
  }
}

interface Schedule {
  readonly config: ReturnType<Stage["config"]>;
  readonly events: number;
  /** Ms from the first event that a process stores until it is killed. */
  readonly waits: readonly number[];
}

interface Victim {
  readonly child: Child;
  /** Records that this process has stored. */
  readonly had: () => Promise<number> | number;
}

async function killAgainAndAgain(
  start: () => Promise<Victim>,
  waits: readonly number[],
): Promise<Victim> {
  for (const ms of waits) {
    const { child, had } = await start();
    await answerOf(child, async () => ((await had()) > 0 ? true : undefined), {
      msMax: firstMsMax,
    });
    await wait(ms);
    child.kill("SIGKILL");
    await child.ended;
  }
  return start();
}

/** Until the victim has stored nothing more for a while. */
async function untilQuiet({ child, had }: Victim): Promise<void> {
  let last = { count: await had(), at: performance.now() };
  const isQuiet = async (): Promise<true | undefined> => {
    const count = await had();
    if (count !== last.count) last = { count, at: performance.now() };
    return count > 0 && performance.now() - last.at > quietMs ? true : undefined;
  };
  await answerOf(child, isQuiet, { msMax: endMsMax });
}

async function plainLosses(stage: Stage, { config, events, waits }: Schedule): Promise<Losses> {
  const task = { config, groupId: "kills-loop", mode: "insert" } as const;
  const start = async (): Promise<Victim> => {
    const child = startPlain(stage, task);
    return { child, had: () => hadBy(child) };
  };
  const last = await killAgainAndAgain(start, waits);
  await untilQuiet(last);
  last.child.kill("SIGKILL");
  await last.child.ended;
  return lossesIn(join(stage.folder, "plain-kills-loop"), ["plain_events"], events);
}

async function serviceLosses(stage: Stage, { config, events, waits }: Schedule): Promise<Losses> {
  const dataDir = join(stage.folder, "kills");
  let service: Service | undefined;
  const start = async (): Promise<Victim> => {
    const started = await startService({ config, dataDir, listsPath: stage.mix.listsPath });
    service = started;
    return { child: started.child, had: async () => (await started.progress()).stored };
  };
  await untilQuiet(await killAgainAndAgain(start, waits));
  await service?.stop();
  return lossesIn(dataDir, Object.values(eventTables), events);
}

export async function lossesIn(
  dataDir: string,
  tables: readonly string[],
  events: number,
): Promise<Losses> {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    const ids = tables.map((table) => `SELECT event_id FROM ${table}`).join(" UNION ALL ");
    const [row] = await store.reader.query(
      `SELECT count() AS stored, uniqExact(event_id) AS ids FROM (${ids})`,
      {},
    );
    const { stored, ids: distinct } = row as { readonly stored: number; readonly ids: number };
    return { lost: events - distinct, doubled: stored - distinct };
  } finally {
    await store.close();
  }
}
