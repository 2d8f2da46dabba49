import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identifyFile } from "../../../../ingest/files/ndjson-file.ts";

const openFiles = (): number => readdirSync("/dev/fd").length;

it("a folder in the place of a file is refused, and nothing of it stays open", async () => {
  const folder = mkdtempSync(join(tmpdir(), "deskwatch-folder-"));
  try {
    const before = openFiles();
    for (let times = 0; times < 20; times += 1) {
      await expect(identifyFile(folder)).rejects.toMatchObject({ code: "files.unreadable" });
    }
    expect(openFiles() - before).toBeLessThan(10);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
