/**
 * Checkpoints (c2sp.org/tlog-checkpoint): the head of a Merkle log as the text of a signed note.
 *
 * Three lines: the origin that names the log, the number of leaves, the root in base64; then lines that only
 * the log's own readers understand.
 */
import { type Hash, isHash } from "./merkle.ts";
import { decodeBase64, type VerifierKey } from "./note-key.ts";
import { type NoteSignature, openNote } from "./signed-note.ts";

export interface Checkpoint {
  /** Which log this is; ours is the name of its key too. */
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  readonly extensions: readonly string[];
}

/** Whose checkpoints count. */
export interface TrustedLog {
  readonly origin: string;
  /** More than one while a key is being replaced. */
  readonly keys: readonly VerifierKey[];
}

export type CheckpointRefusal =
  | "malformed"
  | "unknown_origin"
  /** No key of the log signed it, or one of its keys stands beside a signature that is not its own. */
  | "untrusted_signature";

export type OpenedCheckpoint =
  | {
      readonly kind: "opened";
      readonly checkpoint: Checkpoint;
      /** The signed text. */
      readonly text: string;
      /** Of the log and of those witnesses that were asked for. */
      readonly signatures: readonly NoteSignature[];
    }
  | { readonly kind: "refused"; readonly reason: CheckpointRefusal };

const rootLine = /^[A-Za-z0-9+/]{43}=$/;

/** Throws a RangeError for what `parseCheckpoint` would not read as the same. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const lines = [origin, String(size), root.toString("base64"), ...extensions];
  const text = lines.map((line) => `${line}\n`).join("");
  if (lines.length !== parseLines(text).length || parseCheckpoint(text) === undefined) {
    throw new RangeError("not a checkpoint: an empty or broken line, a wrong size or root");
  }
  return text;
}

export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = "", sizeLine = "", rootText = "", ...extensions] = parseLines(text);
  const size = parseSize(sizeLine);
  const root = rootLine.test(rootText) ? decodeBase64(rootText) : undefined;
  if (!text.endsWith("\n") || size === undefined || !isHash(root)) return undefined;
  const isWhole = [origin, ...extensions].every((line) => line !== "");
  return isWhole ? { origin, size, root, extensions } : undefined;
}

/** ASCII decimal without leading zeros, at most 2^53 - 1. */
export function parseSize(text: string): number | undefined {
  const size = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? size : undefined;
}

/** Takes only what a key of the log has signed; the cosignatures of `witnesses` come along where they stand. */
export function openCheckpoint(
  note: string,
  { origin, keys }: TrustedLog,
  witnesses: readonly VerifierKey[] = [],
): OpenedCheckpoint {
  const opened = openNote(note, [...keys, ...witnesses]);
  if (opened.kind === "malformed") return { kind: "refused", reason: "malformed" };
  if (!note.startsWith(`${origin}\n`)) return { kind: "refused", reason: "unknown_origin" };
  if (opened.kind !== "verified") return { kind: "refused", reason: "untrusted_signature" };
  const { text, signatures } = opened;
  if (!signatures.some(({ key }) => keys.includes(key))) {
    return { kind: "refused", reason: "untrusted_signature" };
  }
  const checkpoint = parseCheckpoint(text);
  if (checkpoint === undefined) return { kind: "refused", reason: "malformed" };
  return { kind: "opened", checkpoint, text, signatures };
}

const parseLines = (text: string): string[] => text.slice(0, -1).split("\n");
