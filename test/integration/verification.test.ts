import type { Store } from "../../ingest/clickhouse/client.ts";
import { readStoredRecords } from "../../ingest/clickhouse/stored-records.ts";
import { rowsPerPage } from "../../ingest/verification/numbered-rows.ts";
import { auditStoreOf, rangeOf, recordsOf, soon, view } from "../helpers/audit-store.ts";
import { notaryOf, statementsOf, verify } from "../helpers/ledger.ts";
import { writeLongLog } from "../helpers/long-log.ts";
import { withStore } from "../helpers/store.ts";
import { type Change, pristineOf, type Values } from "../helpers/tamper/pristine.ts";

jest.setTimeout(120_000);

const found = async (store: Store) =>
  (await verify(store)).discrepancies.map(
    ({ kind, table, from, to }) => `${kind} ${table} ${from}-${to}`,
  );

async function write(store: Store, start: number, events: readonly object[]): Promise<void> {
  const audit = auditStoreOf(store);
  const records = recordsOf("kafka:a", start, events);
  await audit.insertRanges([
    { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
  ]);
}

describe("a verification", () => {
  it("loses nothing at the border of a page of links or heads", async () => {
    await withStore(async (store) => {
      await writeLongLog(store, 2 * rowsPerPage + 100);
      const pristine = await pristineOf(store);
      expect(await found(store)).toEqual([]);
      const rowOf = (table: string, column: string, number: number) => {
        const row = pristine.rows(table).find(({ values }) => values[column] === String(number));
        if (row === undefined) throw new Error("no such row");
        return { table, drop: row.id, values: row.values };
      };
      const border = rowsPerPage;
      const gone = ({ table, drop }: { table: string; drop: number }): Change => ({ table, drop });
      const doubled = ({ table, values }: { table: string; values: Values }): Change => ({
        table,
        add: values,
      });
      const links = [border - 1, border, 2 * border - 1].map((number) =>
        rowOf("ledger", "sequence", number),
      );
      const heads = [border, border + 2, 2 * border].map((size) =>
        rowOf("checkpoints", "tree_size", size),
      );
      await pristine.put([...links, ...heads].map(gone));
      expect(await found(store)).toEqual([
        `checkpoint_missing checkpoints ${border - 1}-${border + 1}`,
        `checkpoint_missing checkpoints ${border + 1}-${border + 3}`,
        `checkpoint_missing checkpoints ${2 * border - 1}-${2 * border + 1}`,
        `link_missing ledger ${border - 1}-${border}`,
        `link_missing ledger ${border}-${border + 1}`,
        `link_missing ledger ${2 * border - 1}-${2 * border}`,
      ]);
      await pristine.put([...links, ...heads].map(doubled));
      expect(await found(store)).toEqual([
        ...[border, border + 2, 2 * border].map(
          (size) => `checkpoint_unexpected checkpoints ${size}-${size + 1}`,
        ),
        ...[border - 1, border, 2 * border - 1].map(
          (number) => `link_unexpected ledger ${number}-${number + 1}`,
        ),
      ]);
    });
  });

  it("takes what is written and signed while it reads for no tampering", async () => {
    await withStore(async (store) => {
      const notary = notaryOf(store);
      let offset = 0;
      const grow = async (): Promise<void> => {
        await write(store, offset, [{ ...view, event_id: `e${offset}` }]);
        offset += 1;
        await notary.round();
      };
      await grow();
      // Before every question that the verification asks there is something new.
      const reader = {
        query: async (...question: Parameters<Store["reader"]["query"]>) => {
          if (offset < 60) await grow();
          return store.reader.query(...question);
        },
      };
      const seen = await verify({ ...store, reader }, { settleMsMax: 60_000 });
      expect(seen.discrepancies).toEqual([]);
      expect(seen.links).toBeLessThan(offset);
    });
  });

  it("hashes in the engine what the writer has hashed, whatever characters a text holds", async () => {
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join("");
    const texts = [
      controls.slice(1),
      "a/b\\/c\"'`",
      "line\u2028paragraph\u2029end",
      "\\u2028 \\u0000 as they stand",
      "\u007f\u0080\u0085\ufeff\ufffd\ufffe",
      "e\u0301 \u{1f600} \u202e",
    ];
    await withStore(async (store) => {
      const events = texts.map((text, at) => ({
        ...view,
        event_id: `e${at}`,
        agent: { id: text, team: text },
        justification: { reason: text },
      }));
      await write(store, 0, events);
      await statementsOf(store).append("alert_actions", [
        "a1",
        1,
        "open",
        "",
        texts.join(""),
        "ann",
        0,
      ]);
      await notaryOf(store).round();
      expect(await found(store)).toEqual([]);
      const range = { source: "kafka:a", partition: 0, start: 0, end: texts.length };
      const inEngine = await readStoredRecords(store.reader, range);
      const withValues = await readStoredRecords(store.reader, range, true);
      const hashes = (records: typeof inEngine) =>
        [...records.values()].map(({ bodies }) => bodies.map(({ hash }) => hash));
      expect(hashes(inEngine)).toEqual(hashes(withValues));
      expect(hashes(inEngine).flat()).toHaveLength(texts.length);
    });
  });

  it("sees bytes that are no text in place of the character that stands for them", async () => {
    await withStore(async (store) => {
      await write(store, 0, [{ ...view, agent: { id: "a\ufffd" } }]);
      await notaryOf(store).round();
      await store.writer.command("CREATE TABLE copied AS access_events");
      await store.writer.command(
        "INSERT INTO copied SELECT * REPLACE (concat('a', unhex('ff')) AS agent_id) FROM access_events",
      );
      await store.writer.command("EXCHANGE TABLES copied AND access_events");
      expect(await found(store)).toEqual(["row_altered access_events 0-1"]);
    });
  });
});
