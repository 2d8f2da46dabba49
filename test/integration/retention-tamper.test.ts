import type { Store } from "../../ingest/clickhouse/client.ts";
import { readLeaves } from "../../ingest/clickhouse/stored-records.ts";
import { leafText } from "../../ingest/ledger/leaf.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { grouped } from "../../ingest/runtime/grouped.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { ann, mixture, view } from "../helpers/audit-store.ts";
import { notaryOf, verify } from "../helpers/ledger.ts";
import {
  coverOrphans,
  daysAhead,
  deleteRows,
  everyLimit,
  foundIn,
  holdsOf,
  retire,
  write,
  writeAll,
} from "../helpers/retention.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(120_000);

const dayMs = 86_400_000;
const ticket = mixture[4] as object;
const muchLater = daysAhead(4_000);

/** A chain for each attempt: of its eight records four accesses and two tickets are retired, two accesses left. */
const sourceOf = (at: number) => `kafka:${at}`;
const forge = (store: Store, select: string) =>
  store.writer.command(`INSERT INTO retired_leaves
      (retirement, leaf, source, partition, offset, deadline) ${select}`);
const updateRows = (store: Store, table: string, change: string) =>
  store.writer.command(`ALTER TABLE ${table} UPDATE ${change} SETTINGS mutations_sync = 2`);

/** What a verification must find after `act` on the chain of `source`. */
interface Attempt {
  readonly what: string;
  readonly act: (store: Store, source: string) => Promise<void>;
  readonly finds: readonly (readonly [string, string, number, number])[];
}
const attempts: readonly Attempt[] = [
  { what: "nothing", act: async () => {}, finds: [] },
  {
    what: "delete one more row",
    act: (store, source) =>
      deleteRows(store, "access_events", `source = '${source}' AND offset = 6`),
    finds: [["row_missing", "access_events", 6, 7]],
  },
  {
    what: "delete one more row and leave its leaf in its place",
    act: async (store, source) => {
      await forge(store, leafOf6(source, "'f00'"));
      await deleteRows(store, "exposures", `source = '${source}' AND offset = 6`);
      await deleteRows(store, "access_events", `source = '${source}' AND offset = 6`);
    },
    finds: [["retirement_forged", "retired_leaves", 6, 7]],
  },
  {
    what: "the same under the name of a real retirement",
    act: async (store, source) => {
      const name = `(SELECT max(retirement) FROM retirements WHERE retired_source = '${source}'
          AND table_name = 'access_events')`;
      await forge(store, leafOf6(source, name));
      await deleteRows(store, "exposures", `source = '${source}' AND offset = 6`);
      await deleteRows(store, "access_events", `source = '${source}' AND offset = 6`);
    },
    finds: [["retirement_forged", "retired_leaves", 0, 7]],
  },
  {
    what: "put a leaf of nothing beside a row",
    act: (store, source) => forge(store, `SELECT 'f00', '[]', '${source}', 0, 7, now64(3) + 60`),
    finds: [
      ["row_altered", "retired_leaves", 7, 8],
      ["retirement_forged", "retired_leaves", 7, 8],
    ],
  },
  {
    what: "put a leaf behind the end",
    act: (store, source) => forge(store, `SELECT 'f00', '[]', '${source}', 0, 9, now64(3) + 60`),
    finds: [["rows_unlinked", "retired_leaves", 9, 10]],
  },
  {
    what: "take a retired leaf away",
    act: (store, source) =>
      deleteRows(store, "retired_leaves", `source = '${source}' AND offset = 1`),
    finds: [
      ["row_missing", "access_events", 1, 2],
      ["retirement_forged", "retired_leaves", 0, 4],
    ],
  },
  {
    what: "alter a retired leaf",
    act: (store, source) =>
      updateRows(
        store,
        "retired_leaves",
        `leaf = replace(leaf, '"access"', '"ticket"') WHERE source = '${source}' AND offset = 1`,
      ),
    finds: [
      ["row_altered", "outcomes", 1, 2],
      ["retirement_forged", "retired_leaves", 0, 4],
      ["retirement_forged", "retired_leaves", 1, 2],
    ],
  },
  {
    what: "take a retirement away",
    act: (store, source) =>
      deleteRows(
        store,
        "retirements",
        `retired_source = '${source}' AND table_name = 'ticket_events'`,
      ),
    finds: [["retirement_forged", "retired_leaves", 4, 6]],
  },
  {
    what: "take an outcome away",
    act: (store, source) => deleteRows(store, "outcomes", `source = '${source}' AND offset = 3`),
    finds: [
      ["row_missing", "outcomes", 3, 4],
      ["retirement_forged", "retired_leaves", 0, 4],
    ],
  },
  {
    what: "take a sealed identity away",
    act: (store, source) => deleteRows(store, "identities", `source = '${source}' AND offset = 0`),
    finds: [["row_altered", "identities", 0, 1]],
  },
  ...["reason = 'subject'", "content_hash = content_hash + 1", "ingested_at = at_other"].map(
    (change): Attempt => ({
      what: `alter an outcome: ${change}`,
      act: (store, source) =>
        updateRows(
          store,
          "outcomes",
          `${change.replace("at_other", "ingested_at + 1")}
              WHERE source = '${source}' AND offset = 1`,
        ),
      finds: [["row_altered", "outcomes", 1, 2]],
    }),
  ),
  {
    what: "alter the hash of an event's id",
    act: (store, source) =>
      updateRows(
        store,
        "outcomes",
        `event_id_hash = event_id_hash + 1 WHERE source = '${source}' AND offset = 4`,
      ),
    finds: [["retirement_forged", "retired_leaves", 4, 6]],
  },
  {
    what: "put an exposure where the access is gone",
    act: (store, source) =>
      store.writer.command(`INSERT INTO exposures
          (subject_token, at, exposure_kind, agent_id, source, partition, offset, deadline)
          SELECT generateUUIDv4(), now64(3), 'displayed', 'a1', '${source}', 0, 1, now64(3) + 60`),
    finds: [["row_unexpected", "exposures", 1, 2]],
  },
  {
    what: "put another row where one is gone",
    act: (store, source) =>
      store.writer.command(`INSERT INTO ticket_events
          (at, event_id, type, agent_id, source, partition, offset, deadline)
          SELECT now64(3), 'other', 'opened', 'a1', '${source}', 0, 5, now64(3) + 60`),
    finds: [["row_altered", "ticket_events", 5, 6]],
  },
];
/** The right leaf of the row, as anybody can work it out who reads the store. */
const leafOf6 = (source: string, name: string): string =>
  `SELECT ${name}, leaf, source, partition, offset, now64(3) + 60 FROM known_leaves
      WHERE source = '${source}' AND offset = 6`;

/** The leaves of rows that retention leaves alone, worked out from the rows as an intruder could. */
async function knowLeaves(store: Store): Promise<void> {
  await store.writer.command(`CREATE TABLE known_leaves
    (source String, partition UInt32, offset UInt64, leaf String) ENGINE = Memory`);
  const rows: object[] = [];
  for (const at of attempts.keys()) {
    const place = { source: sourceOf(at), partition: 0 };
    const [leaf] = await readLeaves(store.reader, { ...place, start: 6, end: 7 });
    if (leaf !== undefined) rows.push({ ...place, offset: 6, leaf: leafText(leaf) });
  }
  await store.writer.insertRows("known_leaves", rows);
}

describe("after a pass", () => {
  it("each act that is none of the service is found, where it was done, and nothing else is", async () => {
    await withStore(async (store) => {
      const newest = new Date(systemClock.now() - 5 * dayMs).toISOString();
      for (const at of attempts.keys()) {
        const own = (value: object, id: string) => ({ ...value, event_id: `${at}-${id}` });
        const subjects = [{ ...ann, id: `+1 555 02${at}` }];
        const old = [{ ...view, subjects }, view, view, view, ticket, ticket];
        const young = ["y1", "y2"].map((id) => own({ ...view, time: newest }, id));
        await write(store, sourceOf(at), [
          ...old.map((value, id) => own(value, `${id}`)),
          ...young,
        ]);
      }
      await knowLeaves(store);
      const { retired } = await retire(store, everyLimit(100));
      expect(Object.fromEntries(retired)).toEqual({
        access_events: 4 * attempts.length,
        ticket_events: 2 * attempts.length,
      });
      for (const [at, { act }] of attempts.entries()) await act(store, sourceOf(at));
      await notaryOf(store).round();
      const { discrepancies } = await verify(store);
      const bySource = grouped(discrepancies, ({ source = "" }) => source);
      const judged = attempts.map(({ what }, at) => ({
        what,
        finds: (bySource.get(sourceOf(at)) ?? []).map((one) => [
          one.kind,
          one.table,
          one.from,
          one.to,
        ]),
      }));
      expect(judged).toEqual(attempts.map(({ what, finds }) => ({ what, finds })));
    });
  });

  it("a retirement that did not know of a hold in force is told, whoever hid it and puts it back", async () => {
    await withStore(async (store) => {
      await writeAll(store);
      const scope = { agentId: "a1", subjectToken: "", fromAt: null, toAt: null };
      const stamp = { principal: "ann", at: epochMs(muchLater.now() - 3_600_000) };
      await holdsOf(store).place({ ...scope, reason: "case 7" }, stamp);
      await retire(store, everyLimit(1), muchLater);
      expect(await foundIn(store)).toEqual([]);
      await store.writer.command("ALTER TABLE legal_holds DETACH PARTITION ID 'all'");
      await retire(store, everyLimit(1), muchLater);
      await store.writer.command("ALTER TABLE legal_holds ATTACH PARTITION ID 'all'");
      const found = await foundIn(store);
      expect(found.length).toBeGreaterThan(0);
      expect(new Set(found.map(([kind, table]) => `${kind} ${table}`))).toEqual(
        new Set(["hold_overlooked retirements"]),
      );
    });
  });

  it("a retirement that no holder of the key put down covers nothing", async () => {
    await withStore(async (store) => {
      await writeAll(store);
      await retire(store, everyLimit(1), muchLater);
      await store.writer.command("TRUNCATE TABLE retirements");
      await store.writer.command(`INSERT INTO retirements SELECT retirement, now64(3), 'service',
        'access_events', now64(3), source, partition, min(offset), max(offset), count(), '', '1:00',
        concat('service:', retirement), 0, 0, now64(3) + 1
        FROM retired_leaves GROUP BY retirement, source, partition`);
      await coverOrphans(store);
      const kinds = (await foundIn(store)).filter(([kind]) => kind === "retirement_forged");
      expect(kinds).toHaveLength(8);
    });
  });
});
