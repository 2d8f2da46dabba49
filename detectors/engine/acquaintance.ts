/**
 * The subjects an agent has met, the latest `rememberedMax` of them, by 24 bits of their token: one
 * unknown subject in 26,000 is mistaken for a known one.
 *
 * Whom it has not met for longer counts as unknown again; a robot that meets thousands has a baseline of
 * unknown subjects like any other count, so forgetting raises no alarm.
 */
import { type Packer, packList, type Unpacker, unpackList } from "./packing.ts";

export const rememberedMax = 512;

/** Insertion order = order of the last meeting. */
export type Acquaintance = Set<number>;

/** 24 of the 36 bits that a tally keeps. */
export function handle(short: number): number {
  return Math.floor(short / 4_096);
}

/** Meets the subject; whether it was unknown before. */
export function meet(known: Acquaintance, subject: number): boolean {
  const isNew = !known.delete(subject);
  known.add(subject);
  if (known.size > rememberedMax) {
    for (const oldest of known) {
      known.delete(oldest);
      break;
    }
  }
  return isNew;
}

/** Of a handle. */
const handleBytes = 3;

export function packHandles(packer: Packer, handles: readonly number[]): void {
  packList(packer, handles, (one) => packer.fixed(one, handleBytes));
}

export const unpackHandles = (unpacker: Unpacker): number[] =>
  unpackList(unpacker, () => unpacker.fixed(handleBytes));
