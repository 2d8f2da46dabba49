/**
 * A witness that is a file: on another mount, a write-once share, or a machine of somebody else's.
 *
 * It protects against whoever can write to the log but not to this file.
 */
import { openCheckpoint, type TrustedLog } from "../checkpoint.ts";
import { createHolding } from "./holding.ts";
import { createNoteFile } from "./note-file.ts";
import {
  type Unreachable,
  unreachable,
  type Witness,
  type WitnessedCheckpoint,
} from "./witness.ts";

export interface FileWitnessOptions {
  readonly name: string;
  /** In a folder that is there; outside the data folder. */
  readonly path: string;
  readonly log: TrustedLog;
  /** The newest ones that are always kept. */
  readonly notesMax?: number;
}

const notesKept = 1_000;

export function createFileWitness(options: FileWitnessOptions): Witness {
  const { name, path, log, notesMax = notesKept } = options;
  const file = createNoteFile({ path, firstLine: log.origin, notesMax });
  const read = async (): Promise<readonly string[] | Unreachable> =>
    file.read().catch((cause: unknown) => unreachable("storage", cause));
  const latest: Witness["latest"] = async () => {
    const notes = await read();
    if ("kind" in notes) return notes;
    const note = notes.at(-1);
    if (note === undefined) return { kind: "empty" };
    // The newest must open: an older one in its place would hide what was cut off since.
    const opened = openCheckpoint(note, log);
    if (opened.kind === "refused") return unreachable("damaged");
    return { kind: "checkpoint", checkpoint: opened.checkpoint, note };
  };
  const hold = createHolding(
    {
      newest: latest,
      append: ({ note }) =>
        file.append(note).then(
          () => undefined,
          (cause: unknown) => unreachable("storage", cause),
        ),
    },
    log,
  );
  return {
    name,
    latest,
    history: async () => {
      const notes = await read();
      if ("kind" in notes) return notes;
      const checkpoints = notes.map((note) => witnessed(note, log));
      const whole = checkpoints.filter((one) => one !== undefined);
      if (whole.length !== notes.length) return unreachable("damaged");
      return { kind: "history", checkpoints: whole };
    },
    hold: (note, growth) => hold({ note, growth }),
  };
}

function witnessed(note: string, log: TrustedLog): WitnessedCheckpoint | undefined {
  const opened = openCheckpoint(note, log);
  return opened.kind === "opened" ? { checkpoint: opened.checkpoint, note } : undefined;
}
