/**
 * A witness holds the newest checkpoint of a log outside the log's own reach, and takes a next one only with the
 * proof that nothing was edited or cut off before it.
 *
 * What goes wrong is a value and never an error: a witness that is away must stop neither a notary nor a check.
 */
import type { Checkpoint, CheckpointRefusal } from "../checkpoint.ts";
import type { Hash } from "../merkle.ts";
import { verifyConsistency } from "../merkle-proof.ts";

export interface Witness {
  /** For logs and reports; carries no address and no secret. */
  readonly name: string;
  readonly latest: () => Promise<WitnessedHead>;
  /**
   * All that it still has, oldest first. A witness that cannot check proofs by itself may hold a fork beside the
   * honest checkpoint, so a thorough check compares each with the log.
   */
  readonly history: () => Promise<WitnessHistory>;
  /** Offers a signed checkpoint that grew from the one that the witness is thought to hold. */
  readonly hold: (note: string, growth: Growth) => Promise<HoldResult>;
}

export interface Growth {
  /** 0 for a witness that holds nothing. */
  readonly oldSize: number;
  /** Empty where `oldSize` is 0 or the size of the checkpoint. */
  readonly proof: readonly Hash[];
}

/** As the log signed it. */
export interface WitnessedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: string;
}

export type WitnessedHead =
  | ({ readonly kind: "checkpoint" } & WitnessedCheckpoint)
  /** It told only how many leaves its checkpoint has. */
  | { readonly kind: "size"; readonly size: number }
  | { readonly kind: "empty" }
  /** It cannot be asked, and has told nothing yet. */
  | { readonly kind: "unknown" }
  | Unreachable;

export type WitnessHistory =
  | { readonly kind: "history"; readonly checkpoints: readonly WitnessedCheckpoint[] }
  | Unreachable;

export type HoldResult =
  /** It is kept where a crash of the witness does not lose it. */
  | { readonly kind: "held"; readonly cosignatures: readonly string[] }
  /**
   * It holds a checkpoint of this size (undefined: it did not say), other than the growth says or with another
   * root: ours is behind it, or one of the two is a fork.
   */
  | { readonly kind: "conflict"; readonly size: number | undefined }
  | { readonly kind: "refused"; readonly reason: CheckpointRefusal | "inconsistent" }
  | Unreachable;

export interface Unreachable {
  readonly kind: "unreachable";
  readonly reason: "timeout" | "no_connection" | "bad_answer" | "busy" | "storage" | "damaged";
  /** The error behind it, for a log. */
  readonly cause?: unknown;
}

export const unreachable = (reason: Unreachable["reason"], cause?: unknown): Unreachable => ({
  kind: "unreachable",
  reason,
  ...(cause === undefined ? {} : { cause }),
});

export type Verdict =
  | { readonly kind: "grown" }
  /** The same tree again. */
  | { readonly kind: "same" }
  | Extract<HoldResult, { kind: "conflict" | "refused" }>;

/** What c2sp.org/tlog-witness asks a witness to check, once the signature of the log is known to be right. */
export function judge(
  held: Pick<Checkpoint, "size" | "root"> | undefined,
  offered: Pick<Checkpoint, "size" | "root">,
  { oldSize, proof }: Growth,
): Verdict {
  const heldSize = held?.size ?? 0;
  if (oldSize > offered.size) return { kind: "refused", reason: "malformed" };
  if (oldSize !== heldSize) return { kind: "conflict", size: heldSize };
  if (held === undefined) {
    return proof.length === 0 ? { kind: "grown" } : { kind: "refused", reason: "inconsistent" };
  }
  if (offered.size === held.size && !offered.root.equals(held.root)) {
    return { kind: "conflict", size: held.size };
  }
  const claim = { oldSize, oldRoot: held.root, size: offered.size, root: offered.root, proof };
  if (!verifyConsistency(claim)) return { kind: "refused", reason: "inconsistent" };
  return offered.size === held.size ? { kind: "same" } : { kind: "grown" };
}
