/** `/v1/backups`: a copy of the embedded store while it is in use. */
import { join } from "node:path";
import { z } from "zod";
import { type Manifest, makeBackup } from "../../ingest/backup/backup.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { problem } from "../problem.ts";
import { created } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";
import { createTurns } from "../turns.ts";

export interface BackupDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly backup: Pick<Config, "backupDir" | "dataDir">;
}

const backupDocument = z
  .object({
    name: z.string().meta({ description: "Of the folder below `backup.dir`." }),
    made_at: z.iso.datetime(),
    tables: z.int(),
    parts: z.int(),
  })
  .meta({ id: "Backup" });

export function backupsRoute({ store, clock, backup }: BackupDeps): Route {
  const takeTurn = createTurns();
  return defineRoute({
    method: "post",
    path: "/v1/backups",
    summary: "Copy the embedded store",
    description: "Into a new folder below `backup.dir`; `deskwatch restore` puts it back.",
    role: "admin",
    params: noParams,
    query: z.strictObject({}),
    body: noBody,
    replies: { 201: { description: "The copy is whole.", schema: backupDocument } },
    problems: ["not_found"],
    handle: async () => {
      if (backup.backupDir === "" || !store.embedded) {
        const why = "Set DESKWATCH_BACKUP_DIR; a ClickHouse server has its own BACKUP.";
        return problem("not_found", why);
      }
      return takeTurn("backup", async () => {
        const name = `deskwatch-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-")}`;
        const folder = join(backup.backupDir, name);
        const place = { dataDir: backup.dataDir, folder, setting: "DESKWATCH_BACKUP_DIR" };
        const manifest = await makeBackup({ store, clock, ...place });
        return created(documentOf(name, manifest));
      });
    },
  });
}

const documentOf = (name: string, { made_at, tables }: Manifest) => ({
  name,
  made_at,
  tables: Object.keys(tables).length,
  parts: Object.values(tables).reduce((sum, parts) => sum + parts.length, 0),
});
