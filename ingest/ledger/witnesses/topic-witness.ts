/**
 * A witness that is a topic: one signed checkpoint a record, keyed by the log's origin, kept for ever.
 *
 * It protects against whoever can write to the log's store but cannot delete from the topic. A topic checks
 * nothing, and whoever may produce to it can add a fork. So each record carries its proof, and whoever reads
 * takes only those that grew from the one before.
 */
import { openCheckpoint, type TrustedLog } from "../checkpoint.ts";
import { formatGrowth, parseGrowth } from "./add-checkpoint.ts";
import { createHolding, type Offer } from "./holding.ts";
import {
  type Growth,
  judge,
  type Unreachable,
  unreachable,
  type Witness,
  type WitnessedCheckpoint,
  type WitnessedHead,
} from "./witness.ts";

export interface NoteRecord {
  readonly note: string;
  /** The head of an `add-checkpoint` body. */
  readonly growth: string;
}

export interface NoteTopic {
  /** The newest records under `key`, oldest first; rejects where the broker does not answer in time. */
  readonly newest: (key: string) => Promise<readonly NoteRecord[]>;
  /** Resolves when every replica in sync has it. */
  readonly append: (key: string, record: NoteRecord) => Promise<void>;
}

export interface TopicWitnessOptions {
  readonly name: string;
  readonly topic: NoteTopic;
  readonly log: TrustedLog;
}

/**
 * Reads the topic before the first offer and after each that failed; in between it knows what it wrote. One
 * writing process a log: of two that write at once the slower one's records do not count.
 */
export function createTopicWitness({ name, topic, log }: TopicWitnessOptions): Witness {
  let known: WitnessedHead | undefined;
  const read = async (): Promise<readonly Signed[] | Unreachable> =>
    topic.newest(log.origin).then(
      (records) => signedIn(records, log),
      (cause: unknown) => unreachable("no_connection", cause),
    );
  const latest: Witness["latest"] = async () => {
    const records = await read();
    return "kind" in records ? records : headOf(records);
  };
  const append = async ({ note, growth }: Offer, witnessed: WitnessedCheckpoint) => {
    // Should it fail, whether the record is there is unknown.
    known = undefined;
    try {
      await topic.append(log.origin, { note, growth: formatGrowth(growth) });
      known = { kind: "checkpoint", ...witnessed };
      return undefined;
    } catch (cause) {
      return unreachable("no_connection", cause);
    }
  };
  const newest: Witness["latest"] = async () => {
    const head = known ?? (await latest());
    if (head.kind !== "unreachable") known = head;
    return head;
  };
  const hold = createHolding({ newest, append }, log);
  return {
    name,
    latest,
    history: async () => {
      const records = await read();
      return "kind" in records ? records : { kind: "history", checkpoints: records };
    },
    hold: (note, growth) => hold({ note, growth }),
  };
}

interface Signed extends WitnessedCheckpoint {
  readonly growth: Growth | undefined;
}

function signedIn(records: readonly NoteRecord[], log: TrustedLog): Signed[] {
  return records.flatMap(({ note, growth }) => {
    const opened = openCheckpoint(note, log);
    if (opened.kind === "refused") return [];
    return [{ checkpoint: opened.checkpoint, note, growth: parseGrowth(growth) }];
  });
}

/** The oldest record that is read stands for itself; the others count if they prove that they grew. */
function headOf([first, ...later]: readonly Signed[]): WitnessedHead {
  if (first === undefined) return { kind: "empty" };
  let head = first;
  for (const next of later) {
    if (next.growth === undefined) continue;
    if (judge(head.checkpoint, next.checkpoint, next.growth).kind === "grown") head = next;
  }
  return { kind: "checkpoint", checkpoint: head.checkpoint, note: head.note };
}
