/** A store of an earlier version, with data in it, is brought to the present schema, by processes that are killed. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createEngineJournal } from "../../detectors/runner/engine-journal.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { pendingMigrations } from "../../ingest/clickhouse/migrate.ts";
import { allMigrations } from "../../ingest/clickhouse/migrations/all-migrations.ts";
import { schemaOf } from "../../ingest/clickhouse/schema.ts";
import type { PositionedOutcome } from "../../ingest/pipeline/audit-store.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import {
  ann,
  asEarlier,
  auditStoreOf,
  mixture,
  rangeOf,
  recordsOf,
  soon,
  view,
} from "../helpers/audit-store.ts";
import { earlierStoreOptions, makeEarlierStore, statementsIn } from "../helpers/earlier-store.ts";
import { statementsOf } from "../helpers/ledger.ts";
import { withFolder } from "../helpers/store.ts";
import { storedCounts } from "./stored-counts.ts";
import { trailReport } from "./trail-report.ts";

jest.setTimeout(600_000);

const moments = ["before", "while", "after"];

/** One life for each statement that ends in it. */
async function dieAtEach(dataDir: string, version: number): Promise<void> {
  const first = statementsIn(allMigrations.slice(0, version));
  for (let fatal = first; fatal < statementsIn(allMigrations); fatal += 1) {
    expect([fatal, await live(dataDir, fatal)]).toEqual([fatal, ""]);
  }
}

/** What a process says before it dies at this statement. */
function live(dataDir: string, fatal: number): Promise<string> {
  const moment = moments[fatal % moments.length] ?? "before";
  const script = join("test", "fault", "migrate-process.ts");
  const args = ["--import", "tsx", script, dataDir, `${fatal}`, moment];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (_error, output) => resolve(output));
  });
}

/** The last is an access of which this version stores more than an earlier one did. */
const written = [...mixture, { ...view, event_id: "e9", subjects: [ann] }];

async function write(store: Store, source: string, decided = present): Promise<void> {
  const audit = auditStoreOf(store);
  await audit.warm();
  const values = written.map((value, at) =>
    typeof value === "object" && value !== null ? { ...value, event_id: `${source}-${at}` } : value,
  );
  const records = recordsOf(source, 0, values);
  await audit.insertRanges([
    { range: rangeOf(records), outcomes: decided(await audit.decide(records)), deadline: soon() },
  ]);
}

const present = (outcomes: readonly PositionedOutcome[]) => outcomes;

const fill = async (store: Store): Promise<void> => {
  await write(store, "kafka:a", asEarlier);
  await write(store, "kafka:b", asEarlier);
  await record(store, scored);
};

/** With a question and a key, as a version put them down that asked for no reason and did not say who made the key. */
const fillAsked = async (store: Store): Promise<void> => {
  await fill(store);
  const asked = [
    "r1",
    5,
    "key:k",
    "viewer",
    "/v1/exposure",
    ["a1"],
    [],
    [],
    [],
    "",
    null,
    7,
    "",
    "",
  ];
  const made = ["k1", 1, "reporting", "viewer", "ab".repeat(32), 5, null, null, ""];
  const statements = statementsOf(store);
  await statements.append("reads", asked);
  await statements.append("api_keys", made);
};

/** With a question as a version put it down that asked for a reason, and of no incident. */
const fillReasoned = async (store: Store): Promise<void> => {
  await fill(store);
  const asked = [
    "r1",
    5,
    "key:k",
    "admin",
    "/v1/exposure",
    [],
    [],
    [],
    [],
    "",
    null,
    7,
    "case",
    "",
  ];
  await statementsOf(store).append("reads", asked);
};

const scored = { source: "kafka:a", partition: 0, start: 0, end: 10, origin: "live" } as const;

function record(store: Store, input: typeof scored, sequence = 1): Promise<void> {
  const when = { now: systemClock.now(), deadline: soon() };
  return createEngineJournal(store, 1).recordInputs([{ ...input, sequence }], when);
}

describe("an upgrade", () => {
  it.each([
    { version: 1, holds: "the audit trail only", isKilled: true },
    { version: 2, holds: "the audit trail and alerts", isKilled: false },
    { version: 3, holds: "a ledger without retention", isKilled: false },
    { version: 4, holds: "an order of detection without deadlines", isKilled: true },
    { version: 5, holds: "accesses without an index of sessions", isKilled: true },
    { version: 8, holds: "accesses without neighbourhoods", isKilled: true },
    { version: 9, holds: "no fingerprints of its keys", isKilled: false },
    {
      version: 11,
      holds: "questions without reasons and keys without makers",
      isKilled: true,
      filled: fillAsked,
      asked: 2,
    },
    {
      version: 13,
      holds: "alerts and questions without incidents",
      isKilled: true,
      filled: fillReasoned,
      asked: 1,
    },
    { version: 14, holds: "retirements that do not say whom they spared", isKilled: true },
  ])(
    "keeps every row of a store that holds $holds, killed at every statement: $isKilled",
    async ({ version, isKilled, filled = fill, asked = 0 }) => {
      await withFolder(async (dataDir) => {
        await makeEarlierStore(dataDir, version, filled);
        if (isKilled) await dieAtEach(dataDir, version);
        expect(await live(dataDir, statementsIn(allMigrations))).toBe("done\n");
        const store = await openStore(earlierStoreOptions(dataDir));
        try {
          expect(await pendingMigrations(store)).toEqual([]);
          const reviewed = readFileSync(join("test", "fixtures", "schema.sql"), "utf8");
          expect((await schemaOf(store.reader)).replaceAll("earlier.", "deskwatch.")).toBe(
            reviewed,
          );
          const before = await storedCounts(store.reader);
          expect(before).toMatchObject({ outcomes: 2 * written.length, doubledRows: 0 });
          await write(store, "kafka:c");
          await record(store, scored, 2);
          const order = await createEngineJournal(store, 1).inputsAfter(0, 10);
          expect(order.map(({ sequence }) => sequence)).toEqual(version === 1 ? [2] : [1, 2]);
          const report = await trailReport(store);
          expect(report.discrepancies).toEqual([]);
          expect(report).toMatchObject({
            outcomes: 3 * written.length,
            events: (before.events / 2) * 3,
            verifiedOffsets: 3 * written.length + asked,
            doubledRows: 0,
          });
        } finally {
          await store.close();
        }
      });
    },
  );
});
