/** A folder or a file that cannot be had is told of at once, by the setting and the path, and never waited for. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkFile, makeFolder } from "../../../../ingest/runtime/place.ts";
import { withFolder } from "../../../helpers/store.ts";

const setting = "DESKWATCH_DATA_DIR";
const nobody = 65_534;

/** Permissions do not bind the superuser, so that one does it as somebody else. */
function asOrdinaryUser(work: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(nobody);
  try {
    work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe("a folder", () => {
  it("is made with those above it, and had again", async () => {
    await withFolder(async (root) => {
      const path = join(root, "a", "b");
      makeFolder(setting, path);
      makeFolder(setting, path);
      expect(statSync(path).isDirectory()).toBe(true);
    });
  });

  it.each([
    { where: "a file", below: [] },
    { where: "a place below a file", below: ["data"] },
    { where: "a place far below a file", below: ["data", "clickhouse"] },
  ])("is refused where $where is", async ({ below }) => {
    await withFolder(async (root) => {
      const file = join(root, "file");
      writeFileSync(file, "");
      const path = join(file, ...below);
      const told = path === file ? file : `${path}: ${file}`;
      const make = () => makeFolder(setting, path);
      expect(make).toThrow(`${setting}: ${told} is no folder; expected a folder`);
      expect(make).toThrow(expect.objectContaining({ code: "config.place" }));
    });
  });

  it("is refused where this user may make none", async () => {
    await withFolder(async (root) => {
      chmodSync(root, 0o555);
      const path = join(root, "data");
      asOrdinaryUser(() => {
        expect(() => makeFolder(setting, path)).toThrow(
          `${setting}: ${path} may not be used by this user; expected`,
        );
      });
      chmodSync(root, 0o755);
      expect(existsSync(path)).toBe(false);
    });
  });

  const proc = existsSync("/proc/self") ? it : it.skip;
  proc("is refused at once where the system takes none, however deep", () => {
    expect(() => makeFolder(setting, "/proc/deskwatch/data")).toThrow(
      `${setting}: /proc/deskwatch/data: /proc/deskwatch cannot be made: the file system takes none`,
    );
  });
});

describe("a file", () => {
  it("is left as it is by the look at it", async () => {
    await withFolder(async (root) => {
      const [there, missing] = [join(root, "there"), join(root, "missing")];
      writeFileSync(there, "kept");
      for (const path of [there, missing]) checkFile("--out", path);
      expect(readFileSync(there, "utf8")).toBe("kept");
      expect(existsSync(missing)).toBe(false);
    });
  });

  it.each([
    { where: "a folder", below: ["data"], says: "--out: %/data is a folder; expected a file" },
    { where: "below no folder", below: ["none", "x"], says: "--out: there is no folder %/none;" },
    { where: "below a file", below: ["file", "x"], says: "--out: %/file/x is in no folder;" },
  ])("is refused where its place is $where", async ({ below, says }) => {
    await withFolder(async (root) => {
      makeFolder(setting, join(root, "data"));
      writeFileSync(join(root, "file"), "");
      expect(() => checkFile("--out", join(root, ...below))).toThrow(says.replace("%", root));
    });
  });
});
