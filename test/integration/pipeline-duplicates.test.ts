import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { trailReport } from "../fault/trail-report.ts";
import {
  ann,
  asEarlier,
  auditStoreOf,
  bob,
  mixture,
  rangeOf,
  recordsOf,
  soon,
  view,
} from "../helpers/audit-store.ts";
import { testStoreOptions, withFolder, withStore } from "../helpers/store.ts";

describe("duplicates", () => {
  it("are known after a restart, and a rebuilt range is decided as before", async () => {
    await withFolder(async (folder) => {
      const records = recordsOf("kafka:x", 5, mixture);
      const run = async (body: (store: Store) => Promise<void>) => {
        const store = await openStore(testStoreOptions(folder));
        try {
          await migrate(store, systemClock);
          await body(store);
        } finally {
          await store.close();
        }
      };
      let first: unknown;
      await run(async (store) => {
        const audit = auditStoreOf(store);
        const outcomes = await audit.decide(records);
        first = outcomes.map(({ outcome }) => outcome);
        await audit.insertRanges([{ range: rangeOf(records), outcomes, deadline: soon() }]);
      });
      await run(async (store) => {
        const audit = auditStoreOf(store);
        await audit.warm();
        const again = await audit.decide(records);
        expect(again.map(({ outcome }) => outcome)).toEqual(first);
        const elsewhere = await audit.decide(
          recordsOf("kafka:y", 0, [view, { ...view, action: "reveal" }]),
        );
        expect(elsewhere.map(({ outcome }) => outcome)).toMatchObject([
          { kind: "skip", reason: "duplicate" },
          { kind: "dead_letter", reason: "id_conflict" },
        ]);
      });
    });
  });

  it.each([
    { how: "", setBackMs: 0 },
    { how: ", its clock put back since the deadline was set", setBackMs: 3_600_000 },
  ])("are known when another process has stored the first one meanwhile$how", async (given) => {
    await withStore(async (store) => {
      const clock = { now: () => epochMs(systemClock.now() - given.setBackMs) };
      const [one, other] = [auditStoreOf(store), auditStoreOf(store, {}, clock)];
      await one.warm();
      const records = recordsOf("kafka:x", 0, [view]);
      await other.insertRanges([
        { range: rangeOf(records), outcomes: await other.decide(records), deadline: soon() },
      ]);
      await one.warm();
      const [repeated] = await one.decide(recordsOf("kafka:x", 1, [view]));
      expect(repeated?.outcome).toEqual({ kind: "skip", reason: "duplicate" });
    });
  });

  it("are recognised however the same event is written down", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const respelled = {
        ...view,
        subjects: [{ tenant: "t1", id: "001-555-0100", type: "phone" }, bob, ann],
        time: "2026-02-01T00:59:59.9990+01:00",
        outcome: "success",
        extra: 1,
      };
      const outcomes = await audit.decide(recordsOf("kafka:x", 0, [view, respelled]));
      expect(outcomes[1]?.outcome).toEqual({ kind: "skip", reason: "duplicate" });
    });
  });
});

describe("events that a version stored which knew no neighbourhoods", () => {
  const events = ["e1", "e2", "e3"].map((event_id) => ({ ...view, event_id, subjects: [ann] }));

  it("are duplicates when they come again, and with other content conflicts", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 0, events);
      await audit.insertRanges([
        {
          range: rangeOf(records),
          outcomes: asEarlier(await audit.decide(records)),
          deadline: soon(),
        },
      ]);
      const later = auditStoreOf(store);
      await later.warm();
      const [first, ...others] = events.map((event) => ({ ...event, extra: 1 }));
      const again = await later.decide(
        recordsOf("kafka:y", 0, [{ ...first, action: "reveal" }, ...others]),
      );
      expect(again.map(({ outcome }) => outcome)).toMatchObject([
        { kind: "dead_letter", reason: "id_conflict" },
        { kind: "skip", reason: "duplicate" },
        { kind: "skip", reason: "duplicate" },
      ]);
    });
  });

  it.each(["outcomes", "exposures", "access_events"])(
    "are completed as they were begun where only some of their %s are stored",
    async (table) => {
      await withStore(async (store) => {
        const audit = auditStoreOf(store);
        const records = recordsOf("kafka:x", 0, events);
        const earlier = asEarlier(await audit.decide(records));
        await audit.insertRanges([
          { range: rangeOf(records), outcomes: earlier, deadline: soon() },
        ]);
        const tables = ["outcomes", ...(table === "outcomes" ? [] : [table])];
        for (const name of [...tables, "ledger"]) {
          const some = name === "ledger" ? "1" : "offset > 0";
          await store.writer.command(
            `ALTER TABLE ${name} DELETE WHERE ${some} SETTINGS mutations_sync = 2`,
          );
        }
        const later = auditStoreOf(store);
        await later.warm();
        const outcomes = await later.decide(records);
        const missing = await later.missing(rangeOf(records), outcomes);
        expect(missing.extent).toBe("some");
        await later.insertMissing(rangeOf(records), outcomes, missing, soon());
        expect((await later.missing(rangeOf(records), outcomes)).extent).toBe("none");
        expect((await trailReport(store)).discrepancies).toEqual([]);
      });
    },
  );
});

describe("a source full of dead letters", () => {
  it("stops loudly at the configured share, others go on", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store, { deadLetterShareMax: 0.5 });
      const good = (n: number) => ({ ...view, event_id: `g${n}` });
      const bad = Array.from({ length: 499 }, () => "bad");
      await audit.decide(
        recordsOf("kafka:x", 0, [...Array.from({ length: 501 }, (_, n) => good(n)), ...bad]),
      );
      await expect(audit.decide(recordsOf("kafka:x", 1_000, ["bad"]))).rejects.toMatchObject({
        code: "ingest.dead_letter_share",
      });
      await audit.decide(recordsOf("kafka:y", 0, ["bad"]));
    });
  });
});

describe("a batch that is refused for its dead letters", () => {
  it("claims none of its events: another source that brings them is not taken for a repetition", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store, { deadLetterShareMax: 0.5 });
      const events = Array.from({ length: 400 }, (_, n) => ({ ...view, event_id: `r${n}` }));
      const bad = Array.from({ length: 700 }, () => "bad");
      await expect(audit.decide(recordsOf("file:x", 0, [...events, ...bad]))).rejects.toMatchObject(
        { code: "ingest.dead_letter_share" },
      );
      const mended = await audit.decide(recordsOf("file:y", 0, events));
      expect(new Set(mended.map(({ outcome }) => outcome.kind))).toEqual(new Set(["event"]));
    });
  });
});

describe("an insert token whose rows were lost with the process", () => {
  it("does not hide the loss: the rows are stored without it", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 5, mixture);
      const range = rangeOf(records);
      const outcomes = await audit.decide(records);
      await audit.insertRanges([{ range, outcomes, deadline: soon() }]);
      // The token stays on record, the rows go: what a kill between the two leaves behind.
      await store.writer.command(
        "ALTER TABLE exposures DELETE WHERE 1 SETTINGS mutations_sync = 2",
      );
      const missing = await audit.missing(range, outcomes);
      expect([...missing.offsets.keys()]).toEqual(["exposures"]);
      await audit.insertMissing(range, outcomes, missing, soon());
      expect((await audit.missing(range, outcomes)).extent).toBe("none");
      const [row] = await store.reader.query("SELECT count() AS n FROM exposures", {});
      expect(row).toEqual({ n: 4 });
    });
  });

  it("still keeps out the original insert when it comes late", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 5, mixture);
      const range = rangeOf(records);
      const outcomes = await audit.decide(records);
      const missing = await audit.missing(range, outcomes);
      expect(missing.extent).toBe("all");
      await audit.insertMissing(range, outcomes, missing, soon());
      await audit.insertRanges([{ range, outcomes, deadline: soon() }]);
      const [row] = await store.reader.query("SELECT count() AS n FROM exposures", {});
      expect(row).toEqual({ n: 4 });
      expect((await audit.missing(range, outcomes)).extent).toBe("none");
    });
  });
});
