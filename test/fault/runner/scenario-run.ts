/** Runs one scenario from an empty store to the comparison of store and topics. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { openStore } from "../../../ingest/clickhouse/client.ts";
import { ensureTopics } from "../../../ingest/kafka/topics.ts";
import { loadConfig } from "../../../ingest/runtime/config.ts";
import type { Config } from "../../../ingest/runtime/settings.ts";
import { quietLog, until } from "../../helpers/broker.ts";
import { ledgerSettings } from "../../helpers/ledger.ts";
import { runNames } from "../../helpers/run-names.ts";
import { withFolder } from "../../helpers/store.ts";
import { seeded } from "../../unit/ingest/kafka/seeded-random.ts";
import { faultSettings } from "../fault-stream.ts";
import { trailReport } from "../trail-report.ts";
import type { BrokerHost } from "./broker-host.ts";
import { checkDetection } from "./detection-check.ts";
import { type EngineHost, openEngineHost } from "./engine-host.ts";
import { behindDetection, settled, unconfirmed } from "./group-lag.ts";
import type { Instance } from "./instance.ts";
import { createPump } from "./pump.ts";
import { createScene, type Scale, type Scenario, type Scene } from "./scene.ts";
import { subjectLists } from "./stream.ts";
import { joined, readTruth, type TopicTruth } from "./topic-truth.ts";
import { wrongInTrail } from "./trail-check.ts";

export interface RunOptions {
  readonly broker: BrokerHost;
  readonly scale: Scale;
  readonly seed: number;
}

export interface RunReport {
  readonly name: string;
  readonly records: number;
  readonly seconds: number;
  readonly notes: ReadonlyMap<string, number | string>;
  /** Empty: nothing lost, doubled, edited or stuck. */
  readonly wrong: readonly string[];
}

/** From the end of the faults until every record is stored and confirmed. Milliseconds. */
const settleMsMax = 300_000;
/** Of one process that has no engine in it, and of one that has. Bytes. */
const memoryMax = { server: 512 * 1024 * 1024, embedded: 1_280 * 1024 * 1024 } as const;
let runs = 0;

export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunReport> {
  const started = performance.now();
  const wrong: string[] = [];
  const notes = new Map<string, number | string>();
  const records = await withFolder((dataDir) =>
    runIn(dataDir, scenario, {
      ...options,
      wrong: (what) => wrong.push(what),
      note: (what, value) => {
        const before = notes.get(what);
        if (!(typeof before === "number" && before > Number(value))) notes.set(what, value);
      },
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return { name: scenario.name, records, seconds, notes, wrong };
}

type Running = RunOptions & Pick<Scene, "wrong" | "note">;

async function runIn(dataDir: string, scenario: Scenario, running: Running): Promise<number> {
  const { broker, wrong } = running;
  const random = seeded(running.seed);
  runs += 1;
  const isServer = scenario.engine === "server";
  const engine = isServer ? await openEngineHost(dataDir, random) : undefined;
  let config: Config = {
    ...configOf(`${scenario.name}-${runs}`),
    dataDir,
    subjectListsFile: join(dataDir, "lists.json"),
    kafkaBrokers: [broker.proxied],
    clickhouseUrl: engine?.proxiedUrl ?? "",
  };
  const recalled: TopicTruth[] = [];
  const endings: (() => Promise<void>)[] = [];
  const direct = (): Config => ({ ...config, kafkaBrokers: [broker.direct], clickhouseUrl: "" });
  const pump = createPump(direct, random);
  const scene: Scene = createScene({
    ...running,
    dataDir,
    pump,
    random,
    direct,
    config: () => config,
    engine: () => present(engine),
    recall: (truth) => recalled.push(truth),
    settle: () => settle(scene, engine),
    onEnd: (act) => endings.unshift(act),
    reconfigure: (changes) => {
      config = { ...config, ...changes };
    },
  });
  try {
    await writeFile(config.subjectListsFile, JSON.stringify(subjectLists));
    await ensureTopics(direct(), quietLog);
    await scenario.run(scene);
    await scene.settle();
    await stopAll(scene, memoryMax[scenario.engine]);
    const truth = recalled.reduce(joined, await readTruth(direct()));
    await compare(scene, truth, engine);
  } catch (error) {
    wrong(inspect(error));
    for (const { lastWords } of everyone(scene)) wrong(lastWords());
  } finally {
    for (const instance of everyone(scene)) instance.abandon();
    await pump.close();
    await engine?.close();
    for (const end of endings) await end();
  }
  return pump.sent();
}

function present(engine: EngineHost | undefined): EngineHost {
  if (engine === undefined) throw new TypeError("this scenario has its engine in the process");
  return engine;
}

const configOf = (suffix: string): Config => ({
  ...loadConfig({}).config,
  ...faultSettings,
  ...ledgerSettings,
  port: 0,
  logLevel: "warn",
  queryMsMax: 4_000,
  kafkaSessionMs: 3_000,
  ...runNames(suffix),
  batchMsMax: 200,
  batchRowsMax: 2_000,
  snapshotEvents: 1_000,
});

const everyone = ({ instances, detections }: Scene) => [...instances(), ...detections()];

/** Until the audit trail and then detection have everything. */
async function settle(scene: Scene, engine: EngineHost | undefined): Promise<void> {
  const since = performance.now();
  const behind = [
    ...(await settled(() => unconfirmed(scene.direct()), settleMsMax)),
    ...(await settled(() => behindDetection(scene, engine?.directUrl), settleMsMax)),
  ];
  scene.note("settle ms", Math.round(performance.now() - since));
  if (behind.length === 0) return;
  scene.wrong(`behind: ${behind.join("; ")}`);
  for (const { lastWords } of everyone(scene)) scene.wrong(lastWords());
}

/** One of two that held the topics may just have ended by itself and be starting again. */
const answerMsMax = 30_000;
const surplusRows = "deskwatch_ingest_surplus_rows_total";

const isAnswering = (instance: Instance): Promise<boolean> =>
  instance.metric(surplusRows).then(
    () => true,
    () => false,
  );

async function stopAll(scene: Scene, memory: number): Promise<void> {
  for (const instance of everyone(scene)) {
    await until(() => isAnswering(instance), answerMsMax);
    const surplus = await instance.metric(surplusRows);
    if (surplus > 0) scene.wrong(`${surplus} surplus rows`);
    const used = instance.takeMemoryMax();
    scene.note("memory MB", Math.round(used / 1024 / 1024));
    if (used > memory) scene.wrong(`${used} bytes resident`);
    scene.note("starts", instance.starts());
    scene.note("refused writes", instance.timesLogged("range not stored"));
    await scene.stop(instance);
  }
}

/** Asks the engine that is there, or the one that nobody holds any more. */
async function compare(
  { direct, random, note, wrong }: Scene,
  truth: TopicTruth,
  present: EngineHost | undefined,
): Promise<void> {
  const engine = present ?? (await openEngineHost(direct().dataDir, random));
  const clickhouseUrl = engine.directUrl;
  const store = await openStore({ ...direct(), queryMsMax: compareMsMax, clickhouseUrl });
  try {
    const report = await trailReport(store);
    const detection = await checkDetection(store, direct(), truth.offsets);
    note("events", report.events);
    note("dead letters", report.deadLetters);
    note("alerts", detection.alerts);
    const all = [...(await wrongInTrail(store, truth, report)), ...detection.wrong];
    for (const what of all) wrong(what);
  } finally {
    await store.close();
    if (present === undefined) await engine.close();
  }
}

/** Of one question about the whole store. Milliseconds. */
const compareMsMax = 60_000;
