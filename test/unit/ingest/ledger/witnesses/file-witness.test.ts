import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileWitness } from "../../../../../ingest/ledger/witnesses/file-witness.ts";
import { growingLog } from "../../../../helpers/growing-log.ts";
import { itKeepsItsPromises } from "./witness-promises.ts";

describe("a witness that is a file", () => {
  const { log, note, growth } = growingLog();
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deskwatch-witness-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const pathOf = (context: string): string => join(folder, context.replaceAll(" ", "-"));
  const open = (context: string, notesMax?: number) =>
    createFileWitness({
      name: "file",
      path: pathOf(context),
      log,
      ...(notesMax === undefined ? {} : { notesMax }),
    });

  async function grow(context: string, sizes: readonly number[], notesMax?: number) {
    const witness = open(context, notesMax);
    let oldSize = 0;
    for (const size of sizes) {
      const { kind } = await witness.hold(note(size), growth(oldSize, size));
      expect(kind).toBe("held");
      oldSize = size;
    }
    return witness;
  }

  itKeepsItsPromises((context) => open(`promise ${context}`));

  it("loses at most the note that was being written when it was killed", async () => {
    await grow("killed", [3, 5]);
    const before = (await stat(pathOf("killed"))).size;
    // Longer than the note after it, so that nothing of it may stay behind that one.
    const long = note(8) + "— witness.example/unknown AAAAAAA=\n".repeat(4);
    await open("killed").hold(long, growth(5, 8));
    const whole = await readFile(pathOf("killed"));
    for (let length = before; length <= whole.length; length += 1) {
      await writeFile(pathOf("killed"), whole.subarray(0, length));
      const witness = open("killed");
      const size = length === whole.length ? 8 : 5;
      expect(await witness.latest()).toMatchObject({ checkpoint: { size } });
      expect((await witness.hold(note(9), growth(size, 9))).kind).toBe("held");
      const kept = length === whole.length ? [long, note(9)] : [note(9)];
      const text = [note(3), note(5), ...kept].map((one) => `${one}\n`).join("");
      expect(await readFile(pathOf("killed"), "utf8")).toBe(text);
    }
  });

  it("that was killed while it wrote its first note begins anew", async () => {
    await grow("first", [5]);
    const whole = await readFile(pathOf("first"));
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(pathOf("first"), whole.subarray(0, length));
      const witness = open("first");
      expect(await witness.latest()).toEqual({ kind: "empty" });
      expect((await witness.hold(note(9), growth(0, 9))).kind).toBe("held");
      expect(await witness.latest()).toMatchObject({ checkpoint: { size: 9 } });
    }
  });

  it("loses at most the last note where a loss of power left zeros in its place", async () => {
    await grow("zeros", [3, 5]);
    const before = (await stat(pathOf("zeros"))).size;
    await open("zeros").hold(note(8), growth(5, 8));
    const whole = await readFile(pathOf("zeros"));
    for (const to of [before + 10, whole.length - 10, whole.length]) {
      await writeFile(pathOf("zeros"), Buffer.from(whole).fill(0, before, to));
      expect(await open("zeros").latest()).toMatchObject({ checkpoint: { size: 5 } });
    }
  });

  it("keeps the newest notes and stays small, and the rewriting is invisible from outside", async () => {
    const sizes = Array.from({ length: 30 }, (_, index) => index + 1);
    const witness = await grow("small", sizes, 4);
    const history = await witness.history();
    const kept = history.kind === "history" ? history.checkpoints : [];
    expect(kept.length).toBeGreaterThanOrEqual(4);
    expect(kept.length).toBeLessThanOrEqual(8);
    expect(kept.map(({ checkpoint }) => checkpoint.size)).toEqual(sizes.slice(-kept.length));
  });

  it("says that it is damaged when its newest note is not as it was signed", async () => {
    await grow("edited", [3, 5]);
    const text = await readFile(pathOf("edited"), "utf8");
    await writeFile(pathOf("edited"), text.replace("\n5\n", "\n6\n"));
    const witness = open("edited");
    const damaged = { kind: "unreachable", reason: "damaged" };
    expect(await witness.latest()).toEqual(damaged);
    expect(await witness.history()).toEqual(damaged);
    expect(await witness.hold(note(8), growth(5, 8))).toEqual(damaged);
    await writeFile(pathOf("edited"), text.replace("\n3\n", "\n4\n"));
    expect(await witness.history()).toEqual(damaged);
  });

  it("never overwrites a file that holds something else", async () => {
    for (const content of ["root:x:0:0\n", `${note(5)}`.slice(3), "\n\n", "a\n\nb\n\n"]) {
      await writeFile(pathOf("else"), content);
      const result = await open("else").hold(note(5), growth(0, 5));
      expect(result.kind).toBe("unreachable");
      expect(await readFile(pathOf("else"), "utf8")).toBe(content);
    }
  });

  it("in a folder that is not there is out of reach", async () => {
    const witness = createFileWitness({ name: "file", path: join(folder, "no", "mount"), log });
    const result = await witness.hold(note(5), growth(0, 5));
    expect(result).toMatchObject({
      kind: "unreachable",
      reason: "storage",
      cause: { code: "ENOENT" },
    });
  });

  it("takes a bounded number of offers at once", async () => {
    const witness = open("busy");
    const offers = Array.from({ length: 70 }, () => witness.hold(note(5), growth(0, 5)));
    const results = await Promise.all(offers);
    expect(results.filter(({ kind }) => kind === "unreachable")).toHaveLength(6);
    expect(results.filter(({ kind }) => kind === "held")).toHaveLength(1);
  });
});
