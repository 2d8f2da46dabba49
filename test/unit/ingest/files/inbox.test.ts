/** A file that a producer puts into the inbox is taken in or kept, whatever its name. */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInbox, type InboxOptions } from "../../../../ingest/files/inbox.ts";
import { FileError } from "../../../../ingest/files/ndjson-file.ts";
import { createLog } from "../../../../ingest/runtime/log.ts";
import { withFolder } from "../../../helpers/store.ts";

const log = createLog({ logLevel: "silent" });

/** As producers do: whole, under a name that is looked at only then. */
async function put(folder: string, name: string, content: string): Promise<void> {
  await writeFile(join(folder, `.${name}.partial`), content);
  await rename(join(folder, `.${name}.partial`), join(folder, name));
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function withInbox(
  load: (path: string, folder: string) => Promise<void>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (parent) => {
    const folder = join(parent, "inbox");
    await mkdir(folder);
    const options: InboxOptions = { folder, log, pollMs: 5, load: (path) => load(path, folder) };
    const inbox = createInbox(options);
    await inbox.start();
    try {
      await body(folder);
    } finally {
      await inbox.stop();
    }
  });
}

const contents = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.toSorted();
};

describe("the inbox", () => {
  it("takes in a file that took the name of another while that was in hand", async () => {
    const taken: string[] = [];
    const load = async (path: string, folder: string) => {
      taken.push(await readFile(path, "utf8"));
      if (taken.length === 1) await put(folder, "events.ndjson", "second");
    };
    await withInbox(load, async (folder) => {
      await put(folder, "events.ndjson", "first");
      const done = join(folder, "done");
      await until(async () => (await readdir(done)).length === 2);
      expect(taken).toEqual(["first", "second"]);
      expect(await contents(done)).toEqual(["first", "second"]);
    });
  });

  it("keeps every file that is at fault, also those of one name", async () => {
    const load = async (path: string) => {
      throw new FileError(path, { cause: new Error("damaged") });
    };
    await withInbox(load, async (folder) => {
      const failed = join(folder, "failed");
      const given = ["first", "second", "third"];
      for (const [before, content] of given.entries()) {
        await put(folder, "events.ndjson", content);
        await until(async () => (await readdir(failed)).length > before);
      }
      expect(await contents(failed)).toEqual(given);
    });
  });
});
