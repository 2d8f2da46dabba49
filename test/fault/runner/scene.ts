/** The stage of one fault run: a system of real processes, the stream, and what may go wrong between them. */
import { setTimeout as wait } from "node:timers/promises";
import type { Config } from "../../../ingest/runtime/settings.ts";
import { until } from "../../helpers/broker.ts";
import type { BrokerHost } from "./broker-host.ts";
import type { EngineHost } from "./engine-host.ts";
import { type Instance, type InstanceOptions, startInstance } from "./instance.ts";
import type { Pump } from "./pump.ts";
import type { TopicTruth } from "./topic-truth.ts";

/** How long a run is. */
export interface Scale {
  readonly events: number;
  /** Of the database being away. */
  readonly awayMs: number;
  /** Faults of a kind, one after another. */
  readonly faults: number;
  /** Share of each scenario's pace at which records flow while the faults happen. */
  readonly pace: number;
}

export interface SceneParts {
  readonly scale: Scale;
  readonly broker: BrokerHost;
  /** Folder of the store. */
  readonly dataDir: string;
  /** Throws in a scenario with the embedded engine. */
  readonly engine: () => EngineHost;
  readonly pump: Pump;
  /** Uniform in [0, 1), by the seed of the run. */
  readonly random: () => number;
  /** Something measured, for the report; of one name the largest counts. */
  readonly note: (what: string, value: number | string) => void;
  /** Something wrong that the comparison of store and topics does not show. */
  readonly wrong: (what: string) => void;
  /** What the topics held before they lost it. */
  readonly recall: (truth: TopicTruth) => void;
  /** Waits until audit trail and detection have everything that the topics hold. */
  readonly settle: () => Promise<void>;
  /** To be done after the comparison, last first. */
  readonly onEnd: (act: () => Promise<void>) => void;
  /** Of the system under fault: everything behind the proxies. */
  readonly config: () => Config;
  /** Of those who produce and look: past the proxy of the broker. */
  readonly direct: () => Config;
  /** For processes that start from now on, and for the stream. */
  readonly reconfigure: (changes: Partial<Config>) => void;
}

export interface Scene extends SceneParts {
  /** Starts a process and waits until it is ready. */
  readonly start: (options?: Partial<InstanceOptions>) => Promise<Instance>;
  /** Starts one that may have to wait for what it needs. */
  readonly launch: (options?: Partial<InstanceOptions>) => Instance;
  /** Stops a process in order; notes how long it took. */
  readonly stop: (instance: Instance) => Promise<void>;
  /** Processes that write the audit trail. */
  readonly instances: () => readonly Instance[];
  /** Processes that only detect. */
  readonly detections: () => readonly Instance[];
}

export interface Scenario {
  readonly name: string;
  readonly says: string;
  /** embedded: `up` in one process. */
  readonly engine: "server" | "embedded";
  readonly run: (scene: Scene) => Promise<void>;
}

const readyMsMax = 90_000;
/** What a process promises of its stop. Milliseconds. */
const stopMsMax = 10_000;

export function createScene(parts: SceneParts): Scene {
  const running = new Map<Instance, InstanceOptions["command"]>();
  const those = (isDetection: boolean): readonly Instance[] =>
    [...running.keys()].filter((one) => (running.get(one) === "detect") === isDetection);
  const launch: Scene["launch"] = (options = {}) => {
    const whole = { command: "ingest", config: parts.config(), ...options } as const;
    const instance = startInstance(whole);
    running.set(instance, whole.command);
    return instance;
  };
  return {
    ...parts,
    instances: () => those(false),
    detections: () => those(true),
    launch,
    start: async (options) => {
      const instance = launch(options);
      await untilReady(instance);
      return instance;
    },
    stop: async (instance) => {
      const tookMs = Math.round(await instance.stop());
      running.delete(instance);
      parts.note("stop ms", tookMs);
      if (tookMs > stopMsMax) parts.wrong(`stopped after ${tookMs} ms`);
    },
  };
}

/** So many processes that ingest, and one that detects. */
export async function startSystem(scene: Pick<Scene, "start">, ingests = 1): Promise<void> {
  for (let index = 0; index < ingests; index += 1) await scene.start();
  await scene.start({ command: "detect" });
}

export async function untilReady(instance: Instance): Promise<void> {
  try {
    await until(instance.isReady, readyMsMax);
  } catch (cause) {
    throw new Error(`a process is not ready:\n${instance.lastWords()}`, { cause });
  }
}

/** Waits a random time within [least, 2 × least). */
export const pauseAbout = (scene: Pick<Scene, "random">, leastMs: number): Promise<void> =>
  wait(leastMs * (1 + scene.random()));

/** Runs `faults` while the stream flows at `perSecond`, then sends what is left. */
export async function whileFlowing(
  { pump, scale }: Pick<Scene, "pump" | "scale">,
  perSecond: number,
  faults: () => Promise<void>,
): Promise<void> {
  await pump.flow(perSecond * scale.pace, faults());
  const left = scale.events - pump.sent();
  if (left > 0) await pump.send(left);
}

export function anyOf(all: readonly Instance[], random: () => number): Instance {
  const chosen = all[Math.floor(random() * all.length)];
  if (chosen === undefined) throw new TypeError("no process runs");
  return chosen;
}
