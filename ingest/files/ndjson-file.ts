/**
 * One file of events, a JSON object a line, plain or gzip; memory does not grow with the file.
 *
 * A file is named by its content: `file:<first 32 hex digits of SHA-256>` of the decompressed bytes. The same
 * events under another name, or compressed again, are the same source.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open, stat } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** A file that cannot be read to its end: absent, no permission, a damaged gzip, or altered since it was named. */
export class FileError extends Error {
  readonly code = "files.unreadable";
  constructor(path: string, options: { readonly cause: unknown }) {
    const reason = options.cause instanceof Error ? options.cause.message : "unknown error";
    super(`${path} cannot be read: ${reason}`, options);
    this.name = "FileError";
  }
}

export interface NdjsonFile {
  readonly path: string;
  readonly source: string;
  /** On disk. */
  readonly bytes: number;
  /** Another one: it is not the file any more that was named. Absent: its content did not name it. */
  readonly state?: string;
}

export interface LineChunk {
  /** Lines without their line break; one longer than the limit is cut one byte above it. */
  readonly lines: readonly Buffer[];
  /** Bytes of the file on disk read so far. */
  readonly bytesRead: number;
}

const chunkBytes = 256 * 1024;
const lineBreak = 0x0a;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Reads the whole file once to name it. Throws `FileError`, or the signal's reason. */
export async function identifyFile(path: string, signal?: AbortSignal): Promise<NdjsonFile> {
  const hash = createHash("sha256");
  const { size, state } = await stateOf(path);
  for await (const { bytes } of chunksOf(path, signal)) hash.update(bytes);
  const source = `file:${hash.digest("hex").slice(0, 32)}`;
  return { path, source, bytes: size, state };
}

async function stateOf(path: string) {
  try {
    const { size, ino, mtimeMs } = await stat(path);
    return { size, state: `${ino}:${size}:${mtimeMs}` };
  } catch (cause) {
    throw new FileError(path, { cause });
  }
}

/** As `readLines`, of what was named: the lines of another content must not be stored under its name. */
export async function* readNamedLines(
  { path, state }: NdjsonFile,
  lineBytesMax: number,
  signal?: AbortSignal,
): AsyncGenerator<LineChunk> {
  for await (const chunk of readLines(path, lineBytesMax, signal)) {
    if (state !== undefined && (await stateOf(path)).state !== state) {
      throw new FileError(path, { cause: new Error("it was altered while it was taken in") });
    }
    yield chunk;
  }
}

/** The lines in order. A last line without line break counts; an empty one after the last break does not. */
export async function* readLines(
  path: string,
  lineBytesMax: number,
  signal?: AbortSignal,
): AsyncGenerator<LineChunk> {
  const splitter = createLineSplitter(lineBytesMax);
  let bytesRead = 0;
  for await (const chunk of chunksOf(path, signal)) {
    bytesRead = chunk.bytesRead;
    yield { lines: splitter.push(chunk.bytes), bytesRead };
  }
  yield { lines: splitter.end(), bytesRead };
}

interface Chunk {
  readonly bytes: Buffer;
  readonly bytesRead: number;
}

async function* chunksOf(path: string, signal: AbortSignal | undefined): AsyncGenerator<Chunk> {
  try {
    // Opened before there is a stream: a stream that fails to open says so to nobody yet.
    const file = await open(path);
    const isZipped = await isGzip(file).catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
    const raw = file.createReadStream({ highWaterMark: chunkBytes, start: 0 });
    const content: Readable = isZipped
      ? pipeline(raw, createGunzip({ chunkSize: chunkBytes }), ignore)
      : raw;
    for await (const bytes of content) {
      signal?.throwIfAborted();
      yield { bytes, bytesRead: raw.bytesRead };
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new FileError(path, { cause });
  }
}

/** Whoever iterates the last stream of a pipeline is told its errors; the callback need not be. */
const ignore = (): void => undefined;

/** By its first two bytes, whatever the name says (RFC 1952). */
async function isGzip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

export interface LineSplitter {
  readonly push: (bytes: Buffer) => Buffer[];
  readonly end: () => Buffer[];
}

export function createLineSplitter(lineBytesMax: number): LineSplitter {
  let parts: Buffer[] = [];
  let partsBytes = 0;
  let isFirst = true;
  /** Adds to the line in progress what still fits: one byte above the limit shows that it is too long. */
  const keep = (bytes: Buffer): void => {
    const room = lineBytesMax + 1 - partsBytes;
    if (room <= 0) return;
    const fitting = bytes.subarray(0, room);
    parts.push(fitting);
    partsBytes += fitting.length;
  };
  const finish = (): Buffer => {
    const [only] = parts;
    const line = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    parts = [];
    partsBytes = 0;
    const hasMark = isFirst && line.subarray(0, 3).equals(byteOrderMark);
    isFirst = false;
    return hasMark ? line.subarray(3) : line;
  };
  return {
    push: (bytes) => {
      const lines: Buffer[] = [];
      let from = 0;
      for (let at = bytes.indexOf(lineBreak); at >= 0; at = bytes.indexOf(lineBreak, from)) {
        keep(bytes.subarray(from, at));
        lines.push(finish());
        from = at + 1;
      }
      if (from < bytes.length) keep(bytes.subarray(from));
      return lines;
    },
    end: () => (partsBytes > 0 ? [finish()] : []),
  };
}
