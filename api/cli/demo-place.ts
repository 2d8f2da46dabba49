/**
 * Where a demo lives and which desk it plays, so that a second start resumes it and `simulate` can fire a
 * misuse by agents whom the demo knows.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../../ingest/runtime/settings.ts";

export const demoFolderOf = (config: Pick<Config, "dataDir">): string =>
  join(config.dataDir, "demo");
export const inboxOf = (dataDir: string): string => join(dataDir, "inbox");

const deskPlan = z.object({
  seed: z.string(),
  agents: z.number().int(),
  /** First moment, epoch milliseconds. */
  start: z.number().int(),
  /** Length of the month; a fraction at its end. */
  days: z.number().positive(),
});
export type DeskPlan = z.infer<typeof deskPlan>;

const planFile = (dataDir: string): string => join(dataDir, "desk.json");

/** The desk that was played in this folder; `undefined`: none yet. */
export function readDeskPlan(dataDir: string): DeskPlan | undefined {
  const path = planFile(dataDir);
  if (!existsSync(path)) return undefined;
  return deskPlan.parse(JSON.parse(readFileSync(path, "utf8")));
}

export function writeDeskPlan(dataDir: string, plan: DeskPlan): void {
  mkdirSync(dataDir, { recursive: true });
  const partial = `${planFile(dataDir)}.partial`;
  writeFileSync(partial, JSON.stringify(plan));
  renameSync(partial, planFile(dataDir));
}
