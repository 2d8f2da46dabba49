/**
 * What grows with the organisation: more agents, more that is stored, more processes that ingest. From these numbers
 * the README works out what a larger one runs.
 */
import { join } from "node:path";
import { withStore } from "../helpers/store.ts";
import { type BenchRow, cost, rate } from "./bench-row.ts";
import type { Child } from "./child.ts";
import { plainDrained, serviceDrained, untilDrained } from "./drain.ts";
import { startEngineFront } from "./engine-front.ts";
import { benchFilePath } from "./file-path.ts";
import { benchQueries } from "./queries.ts";
import { type Service, startService } from "./service.ts";
import { fill, openStage, type Stage } from "./stage.ts";

const agentCounts = [1_000, 10_000, 100_000] as const;
const instanceCounts = [1, 2, 3] as const;
const accessCounts = [1_000_000, 10_000_000, 50_000_000] as const;
const megabyte = 1e6;

interface Growth {
  readonly folder: string;
  readonly backlog: number;
  /** Sizes up to it are stored. */
  readonly accessesMax: number;
  /** What the store grows from. */
  readonly samplePath: string;
}

export async function benchGrowth(growth: Growth): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const agents of agentCounts) rows.push(...(await withAgents(growth, agents)));
  rows.push(...(await withInstances(growth)), ...(await withStored(growth)));
  return rows;
}

/** All roles in one process, a backlog of a desk of so many agents. */
async function withAgents({ folder, backlog }: Growth, agents: number): Promise<BenchRow[]> {
  const name = `agents-${agents}`;
  const stage = await openStage(join(folder, name), backlog, agents);
  try {
    const config = stage.config(name);
    await fill(stage, config, { from: 0, count: backlog });
    const plain = await plainDrained(stage, { config, groupId: "loop", mode: "insert" }, backlog);
    const place = { config, dataDir: join(folder, name, "data"), listsPath: stage.mix.listsPath };
    const service = await startService(place);
    const drained = await serviceDrained(service, backlog);
    await service.stop();
    const loop = "a hand-written loop that only inserts";
    return [
      rate({
        name: `growth.agents_${agents}`,
        value: drained.eventsPerSecond,
        unit: "events/s",
        limit: { name: loop, value: plain.eventsPerSecond },
      }),
      cost({
        name: `growth.agents_${agents}_cpu`,
        value: drained.cpuMicrosecondsPerEvent,
        unit: "µs CPU/event",
        limit: { name: loop, value: plain.cpuMicrosecondsPerEvent },
      }),
      cost({
        name: `growth.agents_${agents}_resident`,
        value: drained.usage.residentBytesMax / megabyte,
        unit: "MB at most",
        limit: { name: loop, value: plain.usage.residentBytesMax / megabyte },
      }),
    ];
  } finally {
    await stage.stop();
  }
}

/** The role `ingest` in several processes over one engine behind its HTTP front, which takes one statement at a time. */
async function withInstances({ folder, backlog }: Growth): Promise<BenchRow[]> {
  const stage = await openStage(join(folder, "instances"), backlog);
  try {
    const rows: BenchRow[] = [];
    for (const instances of instanceCounts)
      rows.push(...(await ingested(stage, backlog, instances)));
    return rows;
  } finally {
    await stage.stop();
  }
}

async function ingested(stage: Stage, backlog: number, instances: number): Promise<BenchRow[]> {
  const name = `instances-${instances}`;
  const config = stage.config(name);
  await fill(stage, config, { from: 0, count: backlog });
  const plain = await plainDrained(stage, { config, groupId: "loop", mode: "insert" }, backlog);
  const engine = await startEngineFront(join(stage.folder, name));
  const { listsPath } = stage.mix;
  const services: Service[] = [];
  for (let index = 0; index < instances; index += 1) {
    const dataDir = join(stage.folder, name, `${index}`);
    services.push(
      await startService({ config, dataDir, listsPath, clickhouseUrl: engine.url }, "ingest"),
    );
  }
  const all = together(services);
  const drained = await untilDrained({
    child: all,
    events: backlog,
    done: () => storedBy(services),
  });
  const engineSeconds = engine.child().usage().cpuSeconds;
  for (const service of services) await service.stop();
  await engine.stop();
  const alone = "a hand-written loop that only inserts, in one process";
  return [
    rate({
      name: `growth.ingest_${instances}`,
      value: drained.eventsPerSecond,
      unit: "events/s",
      limit: { name: alone, value: plain.eventsPerSecond },
    }),
    cost({
      name: `growth.ingest_${instances}_cpu`,
      value: drained.cpuMicrosecondsPerEvent,
      unit: "µs CPU/event",
      limit: { name: alone, value: plain.cpuMicrosecondsPerEvent },
    }),
    cost({
      name: `growth.ingest_${instances}_engine_cpu`,
      value: (engineSeconds * 1e6) / backlog,
      unit: "µs CPU/event",
      limit: { name: alone, value: plain.cpuMicrosecondsPerEvent },
    }),
  ];
}

/** Nothing counts before each has stored something: until then partitions change hands. */
async function storedBy(services: readonly Service[]): Promise<number> {
  const found = await Promise.all(services.map((service) => service.progress()));
  if (found.some(({ stored }) => stored === 0)) return 0;
  return found.reduce((sum, { stored }) => sum + stored, 0);
}

/** Several processes as one: what they use is the sum. */
function together(services: readonly Service[]): Child {
  const children = services.map(({ child }) => child);
  const [first] = children;
  if (first === undefined) throw new Error("no process");
  const sumOf = (key: "cpuSeconds" | "residentBytes" | "residentBytesMax"): number =>
    children.reduce((sum, child) => sum + child.usage()[key], 0);
  return {
    ...first,
    isRunning: () => children.every((child) => child.isRunning()),
    usage: () => ({
      cpuSeconds: sumOf("cpuSeconds"),
      residentBytes: sumOf("residentBytes"),
      residentBytesMax: sumOf("residentBytesMax"),
    }),
  };
}

/** The analysts' questions over a store that grows. */
const withStored = ({ samplePath, accessesMax }: Growth): Promise<BenchRow[]> =>
  withStore(async (store, dataDir) => {
    await benchFilePath({ store, dataDir, path: samplePath });
    const rows: BenchRow[] = [];
    for (const accessesMin of accessCounts.filter((count) => count <= accessesMax)) {
      const { writer, reader } = store;
      const asked = await benchQueries({ writer, reader, accessesMin });
      for (const row of asked) {
        rows.push({ ...row, name: row.name.replace("query.", `growth.stored_${accessesMin}.`) });
      }
    }
    return rows;
  });
