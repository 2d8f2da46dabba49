/** The body of an `add-checkpoint` request of c2sp.org/tlog-witness, as a log writes it and a witness reads it. */
import { parseSize } from "../checkpoint.ts";
import { type Hash, hashBytes, isHash } from "../merkle.ts";
import { decodeBase64 } from "../note-key.ts";
import { noteBytesMax } from "../signed-note.ts";
import type { Offer } from "./holding.ts";
import type { Growth } from "./witness.ts";

/** More would be a tree of more than 2^63 leaves. */
const proofHashesMax = 63;
const proofLineBytes = Math.ceil(hashBytes / 3) * 4 + 1;
export const addCheckpointBytesMax = 32 + proofHashesMax * proofLineBytes + noteBytesMax;

/** How many leaves the witness holds, as the body of its 409. */
export const sizeMediaType = "text/x.tlog.size";

export const formatAddCheckpoint = ({ note, growth }: Offer): string =>
  `${formatGrowth(growth)}\n\n${note}`;

/** What stands before the empty line, without a newline at its end. */
export const formatGrowth = ({ oldSize, proof }: Growth): string =>
  [`old ${oldSize}`, ...proof.map((hash) => hash.toString("base64"))].join("\n");

export function parseAddCheckpoint(body: string): Offer | undefined {
  const end = body.indexOf("\n\n");
  const growth = parseGrowth(body.slice(0, Math.max(0, end)));
  return growth && { note: body.slice(end + 2), growth };
}

export function parseGrowth(text: string): Growth | undefined {
  const [first = "", ...lines] = text.split("\n", proofHashesMax + 2);
  const oldSize = first.startsWith("old ") ? parseSize(first.slice("old ".length)) : undefined;
  const proof = lines.map(decodeHash).filter((hash) => hash !== undefined);
  const isWhole = proof.length === lines.length && proof.length <= proofHashesMax;
  return oldSize === undefined || !isWhole ? undefined : { oldSize, proof };
}

function decodeHash(line: string): Hash | undefined {
  const bytes = decodeBase64(line);
  return isHash(bytes) ? bytes : undefined;
}
