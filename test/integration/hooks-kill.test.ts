import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { storeAction } from "../../detectors/store/action-store.ts";
import { storeAlerts } from "../../detectors/store/alert-store.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { alertId, epochMs } from "../../ingest/vocabulary/brand.ts";
import { alertExample } from "../fixtures/api/alert-example.ts";
import { startAt } from "../fixtures/api/hook-config.ts";
import type { KillPoint } from "../fixtures/api/hook-process.ts";
import { startPagerDuty } from "../fixtures/api/pagerduty-server.ts";
import { statementsOf } from "../helpers/ledger.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

// Each process loads the embedded engine; a loaded machine takes its time.
jest.setTimeout(120_000);

const script = join(import.meta.dirname, "../fixtures/api/hook-process.ts");

function start(dataDir: string, url: string, point: KillPoint | "none"): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", script, dataDir, url, point], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: join(import.meta.dirname, "../.."),
  });
}

/** Runs a hook up to `point` and kills it there. */
async function killAt(point: KillPoint, dataDir: string, url: string): Promise<void> {
  const child = start(dataDir, url, point);
  const ended = once(child, "exit");
  const [reached] = await once(child.stdout as NodeJS.ReadableStream, "data");
  expect(String(reached).trim()).toBe(point);
  child.kill("SIGKILL");
  expect(await ended).toEqual([null, "SIGKILL"]);
}

async function runToEnd(dataDir: string, url: string): Promise<void> {
  const child = start(dataDir, url, "none");
  expect(await once(child, "exit")).toEqual([0, null]);
}

async function inStore(dataDir: string, body: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    await body(store);
  } finally {
    await store.close();
  }
}

const at = epochMs(startAt);

describe("a hook that is killed and started again", () => {
  it.each<{ point: KillPoint; triggers: number; resolves: number }>([
    { point: "before-call", triggers: 1, resolves: 1 },
    { point: "after-call", triggers: 2, resolves: 2 },
    { point: "after-record", triggers: 1, resolves: 1 },
  ])("$point of trigger and resolve delivers both, in order", ({ point, triggers, resolves }) =>
    withFolder(async (dataDir) => {
      const server = await startPagerDuty();
      try {
        await inStore(dataDir, async (store) => {
          await migrate(store, systemClock);
          await storeAlerts(
            store.writer,
            [{ alert: alertExample(), revision: 1, origin: "live" }],
            at,
          );
        });
        await killAt(point, dataDir, server.url);
        await inStore(dataDir, (store) =>
          storeAction(statementsOf(store), {
            alertId: alertId("a-1"),
            sequence: 1,
            status: "resolved",
            disposition: "malicious",
            note: "",
            principal: "bootstrap",
            at,
          }),
        );
        // The trigger of the killed process is settled first, then the resolve is interrupted as well.
        if (triggers > server.calls.length) await killAt("after-record", dataDir, server.url);
        await killAt(point, dataDir, server.url);
        await runToEnd(dataDir, server.url);
        const actions = server.calls.map(({ event }) => event.event_action);
        expect(actions).toEqual([
          ...Array.from({ length: triggers }, () => "trigger"),
          ...Array.from({ length: resolves }, () => "resolve"),
        ]);
        expect(server.violations).toEqual([]);
        expect(server.incidents.get("a-1")).toBe("resolved");
      } finally {
        await server.close();
      }
    }),
  );
});
