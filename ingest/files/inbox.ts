/**
 * A folder that takes files in live: a complete file is renamed into it, is stored, and moves to `done`.
 *
 * Exactly once, whenever the process dies: the file leaves the folder only after it is stored, and storing it
 * again changes nothing. Names that begin with a dot are not looked at, so a file may be written as
 * `.name.partial` before it is renamed.
 *
 * A file in hand has a name of its own: a producer that always uses the same one must not put another file in its place
 * meanwhile, which nobody would then have read. Nor does it take the place of one that was put aside under its name.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { errorFields, type Log } from "../runtime/log.ts";
import { makeFolder } from "../runtime/place.ts";
import { FileError } from "./ndjson-file.ts";

export interface InboxOptions {
  readonly folder: string;
  /** Stores one file; rejects when it could not. */
  readonly load: (path: string, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
  /** Between two looks at the folder. Milliseconds. */
  readonly pollMs: number;
}

export interface Inbox {
  /** Makes the folders and begins to look. */
  readonly start: () => Promise<void>;
  /** Ends the file in hand between two batches and stops; the file stays for the next start. */
  readonly stop: () => Promise<void>;
}

/** Files taken per look at the folder, so that a stop is never far away. */
const filesPerPollMax = 100;

export function createInbox({ folder, load, log, pollMs }: InboxOptions): Inbox {
  const done = join(folder, "done");
  const failed = join(folder, "failed");
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const takeIn = async (name: string): Promise<void> => {
    const path = join(folder, `${inHand}${name}`);
    try {
      if (!existsSync(path)) await rename(join(folder, name), path);
      await load(path, stopping.signal);
      await rename(path, freePath(done, name));
      log.info({ file: name }, "inbox file taken in");
    } catch (error) {
      if (stopping.signal.aborted) return;
      const isFinal = isFaultOfFile(error);
      log.error({ file: name, ...errorFields(error), isFinal }, "inbox file not taken in");
      if (isFinal) await rename(path, freePath(failed, name));
    }
  };
  const look = async (): Promise<void> => {
    for (const name of await waitingNames(folder)) {
      if (stopping.signal.aborted) return;
      await takeIn(name);
    }
  };
  const lookForEver = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => log.error(errorFields(error), "inbox not readable"));
      await pause(pollMs, stopping.signal);
    }
  };
  return {
    start: async () => {
      for (const path of [done, failed]) makeFolder("DESKWATCH_DATA_DIR", path);
      running = lookForEver();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** Trying again cannot help: the file itself is at fault. Anything else is tried again at the next look. */
const isFaultOfFile = (error: unknown): boolean =>
  error instanceof FileError ||
  (error instanceof Error && "code" in error && error.code === "ingest.dead_letter_share");

/** Before the name of a file in hand. */
const inHand = ".taking.";

/**
 * Complete files, by name; first those that were in hand when a former process ended or the store failed, before any
 * other of their name.
 */
async function waitingNames(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const left = names.filter((name) => name.startsWith(inHand)).sort();
  const waiting = names.filter((name) => !name.startsWith(".")).sort();
  const all = [...left.map((name) => name.slice(inHand.length)), ...waiting];
  return [...new Set(all)].slice(0, filesPerPollMax);
}

/** Under the name, or one made of it where there is such a file already. */
const freePath = (folder: string, name: string): string => {
  const path = join(folder, name);
  return existsSync(path) ? `${path}.${randomUUID()}` : path;
};

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
