/** A migrated embedded store in a folder of its own, for one test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";

export const testStoreOptions = (dataDir: string) => ({
  clickhouseUrl: "",
  clickhouseUser: "default",
  clickhousePassword: "",
  clickhouseDatabase: "deskwatch",
  dataDir,
  queryMsMax: 30_000,
});

/**
 * Runs `body` with an empty, migrated store and closes it. The process can hold one embedded folder at a
 * time: never nest, never run two at once.
 */
export async function withStore<Value>(
  body: (store: Store, dataDir: string) => Promise<Value>,
): Promise<Value> {
  return withFolder(async (dataDir) => {
    const store = await openStore(testStoreOptions(dataDir));
    try {
      await migrate(store, systemClock);
      return await body(store, dataDir);
    } finally {
      await store.close();
    }
  });
}

/** Runs `body` with an empty folder that is removed afterwards. */
export async function withFolder<Value>(body: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), "deskwatch-test-"));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
