/** How far detection knows an agent, by its newest snapshot: read where detection itself is another process. */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { createEngine, engineVersion } from "../engine/engine.ts";
import type { AgentLearning } from "../engine/learning.ts";

export interface StoredLearning extends AgentLearning {
  /** When the snapshot was taken, by the wall clock. Milliseconds. */
  readonly savedAt: number;
}

const stateQuery = defineQuery({
  name: "snapshots.learning",
  sql: `SELECT key, argMax(state, sequence) AS newest,
      toUnixTimestamp64Milli(argMax(recorded_at, sequence)) AS saved_ms
    FROM snapshots
    WHERE engine_version = {version:UInt32} AND key IN ({agent:String}, 'population')
    GROUP BY key ORDER BY key`,
  params: z.object({ version: z.number(), agent: z.string() }),
  row: z.object({ key: z.string(), newest: z.string(), saved_ms: z.number() }),
});

/** `undefined`: no snapshot knows the agent. */
export async function findLearning(
  reader: Reader,
  agentId: string,
): Promise<StoredLearning | undefined> {
  const rows = await stateQuery(reader, { version: engineVersion, agent: `agent/${agentId}` });
  const engine = createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] });
  engine.restore(rows.map(({ key, newest }) => ({ key, state: newest })));
  const learning = engine.learning(agentId);
  return learning && { ...learning, savedAt: Math.max(...rows.map((row) => row.saved_ms)) };
}
