/** Packed state as the text that a snapshot keeps, and back. */
import { deflateRawSync, inflateRawSync } from "node:zlib";

/** From this length on packed state is deflated in a snapshot: it is an agent with alerts, which are words. */
const deflatedFrom = 8_192;
/** Of one packed state, so that a damaged one fills no memory. */
const inflatedMax = 16_777_216;
/** Stands before a text that is deflated; no digit of base64. */
const deflatedMark = "~";

/** Packed state as a snapshot's text, a long one deflated. */
export function printDense(packed: string): string {
  if (packed.length < deflatedFrom) return printPacked(packed);
  const deflated = deflateRawSync(Buffer.from(packed, "latin1"), { level: 1 });
  return deflatedMark + deflated.toString("base64");
}

/** Throws Error if the text is damaged. */
export function readDense(printed: string): string {
  if (!printed.startsWith(deflatedMark)) return readPacked(printed);
  const deflated = Buffer.from(printed.slice(deflatedMark.length), "base64");
  return inflateRawSync(deflated, { maxOutputLength: inflatedMax }).toString("latin1");
}

/** Packed state as a snapshot's text. */
export const printPacked = (packed: string): string =>
  Buffer.from(packed, "latin1").toString("base64");

export const readPacked = (printed: string): string =>
  Buffer.from(printed, "base64").toString("latin1");
