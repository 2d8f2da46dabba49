/** A log that grows by a leaf at a time, and forks of it: what the tests of witnesses offer to them. */
import { formatCheckpoint, type TrustedLog } from "../../ingest/ledger/checkpoint.ts";
import { leafHash, rootOf } from "../../ingest/ledger/merkle.ts";
import { consistencyProof } from "../../ingest/ledger/merkle-proof.ts";
import { createNoteSigner } from "../../ingest/ledger/note-key.ts";
import { signNote } from "../../ingest/ledger/signed-note.ts";
import type { Growth } from "../../ingest/ledger/witnesses/witness.ts";

export interface GrowingLog {
  readonly log: TrustedLog;
  /** The signed checkpoint of the first `size` leaves. */
  readonly note: (size: number) => string;
  readonly growth: (oldSize: number, size: number) => Growth;
}

interface LogShape {
  readonly origin?: string;
  readonly seed?: number;
  /** From this leaf on the leaves are others. */
  readonly forkedAt?: number;
}

export function growingLog(shape: LogShape = {}): GrowingLog {
  const { origin = "example.com/deskwatch", seed = 1, forkedAt = Number.MAX_SAFE_INTEGER } = shape;
  const signer = createNoteSigner(origin, Buffer.alloc(32, seed));
  const leaves = (size: number): Buffer[] =>
    Array.from({ length: size }, (_, index) =>
      leafHash(index < forkedAt ? `leaf ${index}` : `forked ${index}`),
    );
  return {
    log: { origin, keys: [signer.verifierKey] },
    note: (size) => {
      const checkpoint = { origin, size, root: rootOf(leaves(size)), extensions: [] };
      return signNote(formatCheckpoint(checkpoint), signer);
    },
    growth: (oldSize, size) => ({ oldSize, proof: consistencyProof(leaves(size), oldSize) }),
  };
}
