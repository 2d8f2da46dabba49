import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { z } from "zod";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { defineQuery } from "../../ingest/clickhouse/define-query.ts";
import { migrate, pendingMigrations } from "../../ingest/clickhouse/migrate.ts";
import { allMigrations } from "../../ingest/clickhouse/migrations/all-migrations.ts";
import { schemaOf } from "../../ingest/clickhouse/schema.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { testStoreOptions, withFolder, withStore } from "../helpers/store.ts";

const echo = defineQuery({
  name: "test.echo",
  sql: "SELECT {text:String} AS text, {maybe:Nullable(String)} AS maybe, {texts:Array(String)} AS texts",
  params: z.object({ text: z.string(), maybe: z.string().nullable(), texts: z.array(z.string()) }),
  row: z.object({ text: z.string(), maybe: z.string().nullable(), texts: z.array(z.string()) }),
});

describe("the embedded store", () => {
  it("binds parameters as data, whatever they contain", async () => {
    await withStore(async ({ reader }) => {
      const params = {
        text: "it's; -- \\ \t\n {x:String} é😀",
        maybe: null,
        texts: ["a'b", "c\\d", ","],
      };
      expect(await echo(reader, params)).toEqual([params]);
    });
  });

  it("binds any text as exactly that text, alone and in a list", async () => {
    await withStore(async ({ reader }) => {
      const piece = fc.constantFrom(
        "'",
        "\\",
        "\0",
        "\n",
        "\t",
        "{text:String}",
        "--",
        "/*",
        "$$",
        "é",
        "😀",
      );
      const text = fc.array(fc.oneof(piece, fc.string())).map((pieces) => pieces.join(""));
      const params = fc.record({ text, maybe: fc.option(text), texts: fc.array(text) });
      await fc.assert(
        fc.asyncProperty(params, async (given) => {
          expect(await echo(reader, given)).toEqual([given]);
        }),
        { numRuns: 300 },
      );
    });
  });

  it("answers questions that run at one time each for its own parameters", async () => {
    await withStore(async ({ reader, writer }) => {
      const texts = Array.from({ length: 60 }, (_, index) => `text ${index}`);
      const answers = await Promise.all(
        texts.map((text, index) =>
          echo(index % 4 === 0 ? writer : reader, { text, maybe: text, texts: [text] }),
        ),
      );
      expect(answers).toEqual(texts.map((text) => [{ text, maybe: text, texts: [text] }]));
    });
  });

  it("lets a short question be answered while a long one runs", async () => {
    await withStore(async ({ reader }) => {
      let isOver = false;
      const long = reader
        .query("SELECT count() AS n FROM numbers({rows:UInt64}) WHERE sipHash64(number) = 1", {
          rows: 100_000_000,
        })
        .then(() => {
          isOver = true;
        });
      const short = { text: "short", maybe: null, texts: [] };
      expect(await echo(reader, short)).toEqual([short]);
      expect(isOver).toBe(false);
      await long;
    });
  });

  it("lets a row be stored while very many questions wait", async () => {
    await withStore(async ({ reader, asideWriter }) => {
      let answered = 0;
      const questions = Array.from({ length: 40 }, async (_, index) => {
        await reader.query("SELECT sleep(0.2) AS zero, {index:UInt32} AS one", { index });
        answered += 1;
      });
      await asideWriter.insertRows("checkpoints", [
        { tree_size: 1, root: "", note: "", frontier: "", signed_at: 0, deadline: 4e12 },
      ]);
      expect(answered).toBeLessThan(20);
      await Promise.all(questions);
    });
  });

  it("says which parameter has no value, before anything runs", async () => {
    await withStore(async ({ reader }) => {
      await expect(reader.query("SELECT {absent:String} AS text", {})).rejects.toMatchObject({
        code: "store.unbound_parameter",
      });
    });
  });

  it("refuses a row of another shape by naming the column, not the value", async () => {
    const wrong = defineQuery({
      name: "test.wrong",
      sql: "SELECT 'secret value' AS text",
      params: z.object({}),
      row: z.object({ text: z.number() }),
    });
    await withStore(async ({ reader }) => {
      const failure = wrong(reader, {});
      await expect(failure).rejects.toMatchObject({ code: "store.row_shape" });
      await expect(failure).rejects.not.toThrow(/secret value/);
    });
  });

  it("stores rows with one token once, and applies the token to no other statement", async () => {
    await withStore(async ({ writer, reader }) => {
      const columns = ["kind", "reason", "event_id_hash", "content_hash", "ingested_at"];
      const all = [...columns, "source", "partition", "offset", "deadline"];
      const late = systemClock.now() + 60_000;
      const insert = (offset: number, token: string) =>
        writer.insert({
          table: "outcomes",
          columns: all,
          lines: JSON.stringify(["event", "access", 1, 2, 1_000, "test", 0, offset, late]),
          token,
        });
      await insert(1, "outcomes:test:0:1-2");
      await insert(1, "outcomes:test:0:1-2");
      await insert(2, "outcomes:test:0:2-3");
      expect(await reader.query("SELECT offset FROM outcomes ORDER BY offset", {})).toEqual([
        { offset: 1 },
        { offset: 2 },
      ]);
    });
  });

  it("rejects a row after its deadline with a code, quoting no value of the row", async () => {
    await withStore(async ({ writer, reader }) => {
      const columns = ["kind", "reason", "source", "offset", "deadline"];
      const lines = JSON.stringify(["event", "private text", "test", 0, 1_000]);
      const failure = writer.insert({ table: "outcomes", columns, lines });
      await expect(failure).rejects.toMatchObject({ code: "clickhouse.constraint" });
      await expect(failure).rejects.not.toThrow(/private text/);
      expect(await reader.query("SELECT count() AS n FROM outcomes", {})).toEqual([{ n: 0 }]);
    });
  });

  it("stops a query at its time limit", async () => {
    await withFolder(async (folder) => {
      const store = await openStore({ ...testStoreOptions(folder), queryMsMax: 300 });
      const slow = "SELECT sum(sipHash64(number)) AS s FROM numbers(1e12)";
      try {
        const failure = store.reader.query(slow, {});
        await expect(failure).rejects.toMatchObject({ code: "clickhouse.timeout" });
      } finally {
        await store.close();
      }
    });
  });

  it("lets quick queries pass a slow one", async () => {
    await withStore(async ({ reader }) => {
      const ended: string[] = [];
      const slow = reader.query("SELECT sleep(1) AS s", {}).then(() => ended.push("slow"));
      await reader.query("SELECT 1 AS one", {}).then(() => ended.push("quick"));
      await slow;
      expect(ended).toEqual(["quick", "slow"]);
    });
  });

  it("says which process holds the folder", async () => {
    await withFolder(async (folder) => {
      const script = `
        const { createChdbConnection } = require("chdb/connection");
        require("node:fs").mkdirSync(process.argv[1], { recursive: true });
        const connection = createChdbConnection({ path: process.argv[1] });
        connection.ping({ select: true }).then(() => console.log("held"));
        setInterval(() => {}, 1000);`;
      const holder = spawn(process.execPath, ["-e", script, join(folder, "clickhouse")]);
      try {
        await once(holder.stdout, "data");
        const failure = openStore(testStoreOptions(folder));
        await expect(failure).rejects.toMatchObject({ code: "store.locked" });
        await expect(failure).rejects.toThrow(`process ${holder.pid}`);
      } finally {
        holder.kill("SIGKILL");
        await once(holder, "exit");
      }
      const store = await openStore(testStoreOptions(folder));
      await store.close();
    });
  });

  it("names an unreachable server", async () => {
    const options = { ...testStoreOptions("unused"), clickhouseUrl: "http://127.0.0.1:9" };
    await expect(openStore(options)).rejects.toMatchObject({ code: "clickhouse.unreachable" });
  });
});

describe("migrations", () => {
  it("applied twice and at once change nothing more", async () => {
    await withFolder(async (folder) => {
      const store = await openStore(testStoreOptions(folder));
      const results = await Promise.all([1, 2, 3].map(() => migrate(store, systemClock)));
      expect(new Set(results.map(({ version }) => version))).toEqual(
        new Set([allMigrations.length]),
      );
      expect(await pendingMigrations(store)).toEqual([]);
      const before = await schemaOf(store.reader);
      expect((await migrate(store, systemClock)).applied).toEqual([]);
      expect(await schemaOf(store.reader)).toBe(before);
      await store.close();
    });
  });

  it("refuse data whose applied migration was edited", async () => {
    await withStore(async (store) => {
      const [first, ...rest] = allMigrations;
      const edited = { id: 1, name: "audit-trail", statements: [...(first?.statements ?? []), ""] };
      await expect(migrate(store, systemClock, [edited, ...rest])).rejects.toMatchObject({
        code: "migration.changed",
      });
    });
  });

  it("refuse data written by newer code", async () => {
    await withStore(async (store) => {
      const older = allMigrations.slice(0, -1);
      await expect(migrate(store, systemClock, older)).rejects.toMatchObject({
        code: "migration.newer",
      });
    });
  });

  it("lead to the reviewed schema", async () => {
    const path = join(import.meta.dirname, "../fixtures/schema.sql");
    await withStore(async ({ reader }) => {
      expect(await schemaOf(reader)).toBe(readFileSync(path, "utf8"));
    });
  });
});
