import fc from "fast-check";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { exportEvidence } from "../../ingest/evidence/export.ts";
import type { EvidenceQuestion } from "../../ingest/evidence/question.ts";
import { type BundleVerdict, verifyBundle } from "../../ingest/evidence/verify-bundle.ts";
import { createNoteSigner } from "../../ingest/ledger/note-key.ts";
import { auditStoreOf, mixture, rangeOf, recordsOf, soon, view } from "../helpers/audit-store.ts";
import { notaryOf, testLog } from "../helpers/ledger.ts";
import { write } from "../helpers/retention.ts";
import { withStore } from "../helpers/store.ts";
import { erase } from "../helpers/subjects.ts";

jest.setTimeout(120_000);

const everything: EvidenceQuestion = { agentId: "", subjectToken: "", from: 0, to: 4e12 };

/** Three ranges of two sources; agent `other` has one access in each. */
async function fill(store: Store): Promise<void> {
  const audit = auditStoreOf(store);
  for (const [source, start] of [
    ["kafka:a", 0],
    ["kafka:a", 11],
    ["kafka:b", 0],
  ] as const) {
    const values = [...mixture, { ...view, agent: { id: "other" } }].map((value, at) =>
      typeof value === "object" && value !== null
        ? { ...value, event_id: `${source}-${start}-${at}` }
        : value,
    );
    const records = recordsOf(source, start, values);
    await audit.insertRanges([
      { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
    ]);
  }
  await notaryOf(store).round();
}

async function bundleOf(
  store: Store,
  question: Partial<EvidenceQuestion>,
  onLeftOut: (events: number) => void = () => undefined,
): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportEvidence({
    reader: store.reader,
    question: { ...everything, ...question },
    asked: { from: "ever" },
    log: testLog,
    madeAt: 1,
    onLeftOut,
  })) {
    lines.push(line);
  }
  return lines;
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

const verdictOn = (lines: readonly string[], trusted = testLog): Promise<BundleVerdict> =>
  verifyBundle(linesOf(lines), () => trusted);

describe("an evidence bundle", () => {
  it("made after an erasure proves as much as one made before, and has no key in it", async () => {
    await withStore(async (store) => {
      await fill(store);
      const [row] = await store.reader.query("SELECT wrapped_key FROM identities LIMIT 1", {});
      await erase(store);
      await notaryOf(store).round();
      const lines = await bundleOf(store, {});
      expect(await verdictOn(lines)).toEqual({ links: 3, records: 27, logSize: 4, faults: [] });
      const { wrapped_key: key } = row as { readonly wrapped_key: string };
      expect(lines.join("")).not.toContain(key);
    });
  });

  it("proves exactly the events asked for, without the store", async () => {
    await withStore(async (store) => {
      await fill(store);
      expect(await verdictOn(await bundleOf(store, {}))).toEqual({
        links: 3,
        // Nine events in each range; dead letters and tombstones have no time to ask for.
        records: 27,
        logSize: 3,
        faults: [],
      });
      const own = await bundleOf(store, { agentId: "other" });
      expect(await verdictOn(own)).toMatchObject({ links: 3, records: 3, faults: [] });
      // What was not asked for is there as hashes only.
      expect(own.join("\n")).not.toContain('"a1"');
    });
  });

  it("is not proven once any single character of it is another", async () => {
    await withStore(async (store) => {
      await fill(store);
      const text = (await bundleOf(store, { agentId: "other" })).join("\n");
      // What says when and why it was made is not evidence, and nobody signed it.
      const unsigned = /"made_at":\d+,"question":\{.*?\}|"verifier_keys":\[.*?\]/g;
      const spans = [...text.matchAll(unsigned)].map((found) => [
        found.index,
        found.index + found[0].length,
      ]);
      const isSigned = (at: number): boolean =>
        spans.every(([from = 0, to = 0]) => at < from || at >= to);
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: text.length - 1 }), async (at) => {
          fc.pre(isSigned(at) && text[at] !== "\n");
          const other = text[at] === "0" ? "1" : "0";
          const changed = text.slice(0, at) + other + text.slice(at + 1);
          expect((await verdictOn(changed.split("\n"))).faults).not.toEqual([]);
        }),
        { numRuns: 500 },
      );
    });
  });

  it("is not proven when a line is dropped, doubled or moved, nor under another key", async () => {
    await withStore(async (store) => {
      await fill(store);
      const lines = await bundleOf(store, {});
      for (const at of lines.keys()) {
        expect((await verdictOn(lines.toSpliced(at, 1))).faults).not.toEqual([]);
        expect((await verdictOn(lines.toSpliced(at, 0, lines[at] ?? ""))).faults).not.toEqual([]);
      }
      const { verifierKey } = createNoteSigner("deskwatch.test/ledger", Buffer.alloc(32, 9));
      const stranger = { origin: verifierKey.name, keys: [verifierKey] };
      expect((await verdictOn(lines, stranger)).faults).toEqual([
        { line: 1, problem: "the signed head is refused: untrusted_signature" },
      ]);
    });
  });

  it("is refused where the rows differ from the ledger, and where nothing matches", async () => {
    await withStore(async (store) => {
      await fill(store);
      await expect(bundleOf(store, { agentId: "nobody" })).rejects.toMatchObject({
        code: "evidence.nothing",
      });
      await store.writer.command(
        "ALTER TABLE access_events DELETE WHERE agent_id = 'a1' SETTINGS mutations_sync = 2",
      );
      await expect(bundleOf(store, {})).rejects.toMatchObject({ code: "evidence.differs" });
    });
  });

  it("has every record that was signed, whatever links somebody puts before those of the service", async () => {
    await withStore(async (store) => {
      await fill(store);
      await store.writer.command(`INSERT INTO ledger
        SELECT * REPLACE (start_offset + 9 AS end_offset, 77 AS sequence, now64(3) + 10 AS deadline)
        FROM ledger`);
      expect(await verdictOn(await bundleOf(store, {}))).toMatchObject({ records: 27, faults: [] });
    });
  });

  it("says how many that match no signed head covers", async () => {
    await withStore(async (store) => {
      const leftOut: number[] = [];
      const tell = (events: number): void => {
        leftOut.push(events);
      };
      await fill(store);
      await bundleOf(store, {}, tell);
      await write(store, "kafka:c", [{ ...view, event_id: "c1" }]);
      const lines = await bundleOf(store, {}, tell);
      expect(leftOut).toEqual([0, 1]);
      expect(await verdictOn(lines)).toMatchObject({ records: 27, faults: [] });
    });
  });

  it.each([
    ["an entry is gone", "ALTER TABLE ledger_entries DELETE WHERE source = 'kafka:b'"],
    [
      "an entry is another",
      "ALTER TABLE ledger_entries UPDATE leaf_hash = 'x' WHERE log_index = 2",
    ],
    [
      "the head is another",
      "ALTER TABLE checkpoints UPDATE note = replace(note, '3', '4') WHERE 1",
    ],
  ])("is refused where %s, whatever was asked for", async (_what, edit) => {
    await withStore(async (store) => {
      await fill(store);
      await store.writer.command(`${edit} SETTINGS mutations_sync = 2`);
      await expect(bundleOf(store, { agentId: "other" })).rejects.toMatchObject({
        code: "evidence.differs",
      });
    });
  });

  it.each([
    ["other names of its columns", '"agent_id","agent_team"', '"agent_team","agent_id"'],
    ["fewer names of its columns", '"fields",', ""],
    ["other values that come first under one name", '"values":[', '"values":["x"],"values":['],
  ])("is not proven with %s", async (_what, own, other) => {
    await withStore(async (store) => {
      await fill(store);
      const lines = await bundleOf(store, {});
      const changed = lines.map((line) => line.replace(own, other));
      expect(changed).not.toEqual(lines);
      expect((await verdictOn(changed)).faults).not.toEqual([]);
    });
  });
});
