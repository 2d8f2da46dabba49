/**
 * The subjects an agent has met, the latest `rememberedMax` of them, by 32 bits of their token.
 *
 * Whom it has not met for longer counts as unknown again; a robot that meets thousands has a baseline of
 * unknown subjects like any other count, so forgetting raises no alarm.
 */
export const rememberedMax = 640;

/** Insertion order = order of the last meeting. */
export type Acquaintance = Set<number>;

/** 32 of the 48 bits that a ledger keeps. */
export function handle(short: number): number {
  return Math.floor(short / 65_536);
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

export function printAcquaintance(known: Acquaintance): string {
  const bytes = Buffer.alloc(known.size * 4);
  let offset = 0;
  for (const subject of known) offset = bytes.writeUInt32BE(subject, offset);
  return bytes.toString("base64");
}

export function readAcquaintance(packed: string): Acquaintance {
  const bytes = Buffer.from(packed, "base64");
  const known: Acquaintance = new Set();
  for (let offset = 0; offset + 4 <= bytes.length; offset += 4) {
    known.add(bytes.readUInt32BE(offset));
  }
  return known;
}
