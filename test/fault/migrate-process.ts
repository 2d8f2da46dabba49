/**
 * Brings an earlier store to the present schema and dies at one of the statements. Arguments: folder, which statement
 * of all migrations (from 0), when: before, while or after it. Says "done" when it got to the end.
 */
import { openStore, type Writer } from "../../ingest/clickhouse/client.ts";
import { migrate, pendingMigrations } from "../../ingest/clickhouse/migrate.ts";
import { allMigrations } from "../../ingest/clickhouse/migrations/all-migrations.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { earlierStoreOptions, statementsIn } from "../helpers/earlier-store.ts";

const [dataDir = "", fatal = "0", moment = "before"] = process.argv.slice(2);

/** Never answers. */
async function die(): Promise<never> {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
}

/** `next`: the number of the first statement. */
function mortal(writer: Writer, next: number): Writer {
  let statement = next;
  const at = async (run: () => Promise<void>): Promise<void> => {
    const isFatal = statement >= Number(fatal);
    statement += 1;
    if (!isFatal) return run();
    if (moment === "before") return die();
    const running = run();
    if (moment === "after") await running;
    // The engine works on threads of its own: by now it has begun.
    else await new Promise((resolve) => setImmediate(resolve));
    return die();
  };
  return {
    ...writer,
    command: (sql, params) => at(() => writer.command(sql, params)),
    insertRows: (table, rows) => at(() => writer.insertRows(table, rows)),
  };
}

async function main(): Promise<void> {
  const store = await openStore(earlierStoreOptions(dataDir));
  const pending = await pendingMigrations(store);
  const applied = allMigrations.filter((migration) => !pending.includes(migration));
  // Before the first comes the table of what was applied, which is there.
  const first = statementsIn(applied) - 1;
  await migrate({ writer: mortal(store.writer, first) }, systemClock);
  await store.close();
  process.stdout.write("done\n");
}

void main();
