/** How far detection knows an agent, by its newest snapshot: read where detection itself is another process. */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { engineVersion } from "../engine/engine.ts";
import type { AgentLearning } from "../engine/learning.ts";
import { createWatchedEngine, readersKey } from "../engine/watched-engine.ts";

export interface StoredLearning extends AgentLearning {
  /** When the snapshot was taken, by the wall clock. Milliseconds. */
  readonly savedAt: number;
}

const stateQuery = defineQuery({
  name: "snapshots.learning",
  sql: `SELECT key, argMax(state, sequence) AS newest,
      toUnixTimestamp64Milli(argMax(recorded_at, sequence)) AS saved_ms
    FROM snapshots
    WHERE engine_version = {version:UInt32} AND key IN {keys:Array(String)}
    GROUP BY key ORDER BY key`,
  params: z.object({ version: z.number(), keys: z.array(z.string()) }),
  row: z.object({ key: z.string(), newest: z.string(), saved_ms: z.number() }),
});

/** Of an agent of the console, or else of a reader; `undefined`: no snapshot knows it. */
export async function findLearning(
  reader: Reader,
  agentId: string,
): Promise<StoredLearning | undefined> {
  const own = [`agent/${agentId}`, "population"];
  const keys = [...own, ...own.map(readersKey)];
  const rows = await stateQuery(reader, { version: engineVersion, keys });
  const engine = createWatchedEngine({
    falseAlertsPer100AgentDays: 1,
    canaries: [],
    watchlist: [],
  });
  engine.restore(rows.map(({ key, newest }) => ({ key, state: newest })));
  const learning = engine.learning(agentId);
  return learning && { ...learning, savedAt: Math.max(...rows.map((row) => row.saved_ms)) };
}
