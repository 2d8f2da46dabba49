/** A change of detection's parameters holds from the start of a process on, and for nothing that was recorded before. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { AlertChange } from "../../detectors/alert.ts";
import { createEngine, type Engine, engineVersion } from "../../detectors/engine/engine.ts";
import { detectionPlan, engineOptionsOf } from "../../detectors/parameters/detection-plan.ts";
import { createEngineJournal } from "../../detectors/runner/engine-journal.ts";
import { recover } from "../../detectors/runner/recovery.ts";
import { score } from "../../detectors/runner/runner.ts";
import { createSnapshotSeal } from "../../detectors/runner/snapshot-seal.ts";
import { noStatements } from "../../detectors/store/statement-log.ts";
import { readSubjectLists } from "../../detectors/subject-lists.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { soleLease } from "../../ingest/notary/lease.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { testContext } from "../helpers/context.ts";
import { live, withLife, writeStream } from "../helpers/detection-life.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

/** Another budget, other memory, and a severity that tells under which parameters an alert was last revised. */
const changed = `
budget: { false_alerts_per_100_agents_per_day: 20 }
learning: { own_half_life_days: 2, clip_p: 0.05 }
severity: { displayed: 40, revealed: 400 }
detectors:
  canary: { severity: info }
  terminated: { severity: info, grace_ms: 0 }
`;

/** So many subjects opened in half an hour: another threshold makes another rule. */
const rule = (least: number): string => `
title: Many opened
name: many_opened
correlation:
  type: value_count
  rules: [opened]
  group-by: [agent.id]
  timespan: 30m
  condition: { field: subjects.token, gte: ${least} }
---
title: Opened
name: opened
logsource: { product: support_console }
detection:
  view: { action: view }
  condition: view
`;

async function withStoreIn<Value>(dataDir: string, work: (store: Store) => Promise<Value>) {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const sequenceRow = z.object({ newest: z.coerce.number() });
const newestInput = (dataDir: string) =>
  withStoreIn(dataDir, async (store) => {
    const sql = "SELECT max(sequence) AS newest FROM engine_inputs";
    return sequenceRow.parse((await store.reader.query(sql, {}))[0]).newest;
  });

const alertRow = z.object({ alert_id: z.string(), body: z.string() });
async function storedAlerts(store: Store): Promise<ReadonlyMap<string, string>> {
  const rows = await store.reader.query(
    "SELECT alert_id, body FROM alerts FINAL ORDER BY alert_id",
    {},
  );
  return new Map(rows.map((row) => alertRow.parse(row)).map((row) => [row.alert_id, row.body]));
}

interface Settings {
  readonly detectionFile: string;
  readonly sigmaRules: string;
}

/** One engine after the other over the recorded order; the second begins with what the first has learnt. */
async function reference(
  store: Store,
  files: { readonly former: Settings; readonly present: Settings; readonly path: string },
  changeAfter: number,
): Promise<ReadonlyMap<string, string>> {
  const context = testContext("");
  const lists = readSubjectLists(
    `${files.path}.lists`,
    createTokenizer(parseKey("test", context.config.tokenKey)),
  );
  const alerts = new Map<string, string>();
  const engineFor = (settings: Settings): Engine =>
    createEngine(engineOptionsOf(detectionPlan({ ...context.config, ...settings }), lists));
  const play = async (engine: Engine, after: number, upTo: number): Promise<void> => {
    const journal = createEngineJournal(store, engineVersion);
    const storeAlerts = async (changes: readonly AlertChange[]) => {
      for (const { alert } of changes) alerts.set(alert.alert_id, JSON.stringify(alert));
    };
    await recover({
      ...context,
      engine: { restore: () => undefined },
      isReadable: () => true,
      lease: soleLease,
      reader: store.reader,
      statements: noStatements,
      pause: async () => undefined,
      journal: {
        ...journal,
        load: async () => ({ kind: "saved", sequence: after, rows: [] }),
        inputsAfter: async (sequence, limit) =>
          (await journal.inputsAfter(sequence, limit)).filter((one) => one.sequence <= upTo),
      },
      score: (inputs, origin) => score({ ...context, engine, storeAlerts }, inputs, origin),
    });
  };
  const first = engineFor(files.former);
  await play(first, 0, changeAfter);
  const second = engineFor(files.present);
  second.restore(first.snapshotDirty());
  await play(second, changeAfter, Number.MAX_SAFE_INTEGER);
  return alerts;
}

/** Makes the saved plan one of a version that had other parameters, in a snapshot that is sound otherwise. */
const foreignPlan = (dataDir: string) =>
  withStoreIn(dataDir, async (store) => {
    const loaded = await createEngineJournal(store, engineVersion).load();
    if (loaded.kind === "damaged") throw new TypeError("the snapshot is damaged");
    const seal = createSnapshotSeal();
    for (const { key, state } of loaded.rows) {
      seal.note({ key, state: key === "plan" ? "{}" : state });
    }
    const head = JSON.stringify({ digest: seal.digest() });
    await store.writer.command(
      `ALTER TABLE snapshots UPDATE state = if(key = 'plan', '{}', '${head}')
        WHERE key IN ('plan', 'head') SETTINGS mutations_sync = 2`,
    );
  });

const unreadable = /^deskwatch_detect_plans_unreadable_total (\d+)$/m;
const damaged = /^deskwatch_detect_snapshots_damaged_total (\d+)$/m;

describe("a saved plan that cannot be read", () => {
  it("is told and counted at the next start, keeps nothing from starting, and is replaced", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "desk.ndjson");
      const events = await writeStream(path);
      const dataDir = join(folder, "data");
      const told = async () => {
        const seen: unknown[] = [];
        await withLife({ dataDir, listsPath: `${path}.lists` }, async ({ metrics, logged }) => {
          const text = await metrics();
          seen.push(unreadable.exec(text)?.[1], damaged.exec(text)?.[1]);
          seen.push(logged().includes('"level":"warn","time"'));
          seen.push(logged().includes("saved detection plan unreadable"));
          return "orderly";
        });
        return seen;
      };
      await live({ dataDir, path, cutAfter: Math.floor(events / 2) });
      const quiet = ["0", "0", false, false];
      expect(await told()).toEqual(quiet);
      await foreignPlan(dataDir);
      expect(await told()).toEqual(["1", "0", true, true]);
      expect(await told()).toEqual(quiet);
    });
  }, 120_000);
});

describe("a change of detection's parameters", () => {
  it("scores every input under the parameters that held when it was recorded, killed before or after", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "desk.ndjson");
      const settingsIn = (name: string, parameters: string, least: number): Settings => {
        const [detectionFile, sigmaRules] = [join(folder, `${name}.yaml`), join(folder, name)];
        writeFileSync(detectionFile, parameters);
        writeFileSync(sigmaRules, rule(least));
        return { detectionFile, sigmaRules };
      };
      const former = settingsIn("former", "", 4);
      const present = settingsIn("present", changed, 3);
      const events = await writeStream(path);
      const dataDir = join(folder, "data");
      const life = (share: number | undefined, settings: Settings) =>
        live({
          dataDir,
          path,
          cutAfter: share === undefined ? undefined : Math.floor(share * events),
          // No snapshot between two starts: what was scored since is scored again after the kill.
          settings: { ...settings, snapshotEvents: 1_000_000 },
        });
      await life(0.5, former);
      await life(0.86, former);
      const changeAfter = await newestInput(dataDir);
      await life(0.9, present);
      await life(0.95, present);
      await life(undefined, present);
      await withStoreIn(dataDir, async (store) => {
        const stored = await storedAlerts(store);
        const files = { former, present, path };
        expect(stored).toEqual(await reference(store, files, changeAfter));
        const ofRules = [...stored.values()].filter((body) => body.includes("sigma:many_opened"));
        expect(ofRules.length).toBeGreaterThan(0);
        // The change matters, and so does when it came.
        expect(stored).not.toEqual(
          await reference(store, { ...files, former: present }, changeAfter),
        );
        expect(stored).not.toEqual(
          await reference(store, { ...files, present: former }, changeAfter),
        );
      });
    });
  }, 300_000);
});
