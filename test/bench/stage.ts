/** What the end-to-end parts share: a real broker on the same machine, filled with the mix. */

import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { startLocalBroker } from "../../ingest/kafka/local-broker.ts";
import { loadConfig } from "../../ingest/runtime/config.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { runNames } from "../helpers/run-names.ts";
import { resultOf, startScript } from "./child.ts";
import { type Mix, writeMix } from "./mix.ts";
import type { PaceResult, PaceTask } from "./pace-process.ts";

export interface Stage {
  readonly folder: string;
  readonly mix: Mix;
  /** The defaults, but for topics and groups of the part's own. */
  readonly config: (suffix: string) => Config;
  readonly stop: () => Promise<void>;
}

/**
 * `events`: how many of the mix are made, over all parts; `agents`: of its desk. Throws `LocalBrokerError` without
 * Java or Maven.
 */
export async function openStage(folder: string, events: number, agents?: number): Promise<Stage> {
  mkdirSync(folder, { recursive: true });
  const cacheDir = join(homedir(), ".cache");
  const broker = await startLocalBroker({ dataDir: join(folder, "kafka"), port: 0, cacheDir });
  const mix = writeMix(folder, events, agents);
  const defaults = loadConfig({}).config;
  return {
    folder,
    mix,
    config: (suffix) => ({
      ...defaults,
      kafkaBrokers: [...broker.brokers],
      ...runNames(suffix),
    }),
    stop: broker.stop,
  };
}

/** Produces a part of the mix as fast as the broker takes it. */
export async function fill(
  { mix }: Stage,
  config: Config,
  { from, count }: Pick<PaceTask, "from" | "count">,
): Promise<void> {
  const task: PaceTask = { config, path: mix.path, from, count, perSecond: 0 };
  const { sent } = await resultOf<PaceResult>(startScript("pace-process.ts", task));
  if (sent !== count) throw new Error(`${sent} of ${count} events produced`);
}
