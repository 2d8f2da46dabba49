/**
 * A file of signed checkpoints, newest last, readable for people: each note is followed by an empty line.
 *
 * A note without that line was cut short by a crash and is not there: the next append removes it. The whole file
 * is read each time, so that what counts is what it holds and not what this process remembers.
 */
import { type FileHandle, open, readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { noteBytesMax } from "../signed-note.ts";

export interface NoteFile {
  /** Oldest first; none where there is no file. Rejects with the error of the file system. */
  readonly read: () => Promise<readonly string[]>;
  /** Resolves when the note is on the disk. */
  readonly append: (note: string) => Promise<void>;
}

/** Beyond this the file is not one of ours. */
const fileBytesMax = 64 * 1024 * 1024;

export interface NoteFileOptions {
  readonly path: string;
  /** What every note begins with, so that a file of somebody else's is never overwritten. */
  readonly firstLine: string;
  /** The newest ones that are always kept; up to as many older ones are there too. */
  readonly notesMax: number;
}

/** Creates no folder: a folder that is not there is a mount that is not there. One writing process a file. */
export function createNoteFile({ path, firstLine, notesMax }: NoteFileOptions): NoteFile {
  return {
    read: async () => (await readRecords(path, firstLine)).notes,
    append: async (note) => {
      const { notes, bytes } = await readRecords(path, firstLine);
      await appendRecord(path, bytes, note);
      if (notes.length + 1 > 2 * notesMax) await rewrite(path, [...notes, note].slice(-notesMax));
    },
  };
}

interface Records {
  readonly notes: readonly string[];
  /** Length of the whole notes; what follows was cut short. */
  readonly bytes: number;
}

async function readRecords(path: string, firstLine: string): Promise<Records> {
  // One character a byte, so that lengths are positions in the file.
  const content = await readLatin1(path);
  // A note is a text and a block of signature lines, both without empty lines inside.
  const parts = content.split("\n\n");
  const whole = Math.floor((parts.length - 1) / 2);
  const records = Array.from({ length: whole }, (_, index) =>
    parts
      .slice(2 * index, 2 * index + 2)
      .map((part) => `${part}\n\n`)
      .join(""),
  );
  // After a loss of power a file may have grown by zeros in place of what was written last.
  if (records.at(-1)?.includes("\0")) records.pop();
  if (records.length === 0 && !isBeginning(content, firstLine)) {
    throw new RangeError("the file of a witness holds something else");
  }
  return {
    notes: records.map((record) => Buffer.from(record.slice(0, -1), "latin1").toString("utf8")),
    bytes: records.reduce((total, record) => total + record.length, 0),
  };
}

/** Whether a crash while the first note was written can have left this. */
function isBeginning(content: string, firstLine: string): boolean {
  const line = Buffer.from(`${firstLine}\n`).toString("latin1");
  const written = content.replace(/\0+$/, "").slice(0, line.length);
  return content.length <= noteBytesMax && line.startsWith(written);
}

async function readLatin1(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > fileBytesMax) throw new RangeError("the file of a witness is too large");
    return await readFile(path, "latin1");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

async function appendRecord(path: string, bytes: number, note: string): Promise<void> {
  const isNew = bytes === 0;
  await writing(path, isNew ? "w" : "r+", async (file) => {
    await file.truncate(bytes);
    await file.write(`${note}\n`, bytes);
  });
  if (isNew) await syncFolder(path);
}

/** Whatever moment it is killed at, the file is the old one or the new one. */
async function rewrite(path: string, notes: readonly string[]): Promise<void> {
  const next = `${path}.new`;
  await writing(next, "w", (file) => file.writeFile(notes.map((note) => `${note}\n`).join("")));
  await rename(next, path);
  await syncFolder(path);
}

async function writing(
  path: string,
  flags: "w" | "r+",
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o644);
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name of a new file is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
