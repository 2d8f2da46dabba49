/**
 * A retirement: the service's word that it removed the rows of these offsets by its retention. It names exactly
 * the leaves that stay in their place, so that no other deletion can be passed off as one.
 */
import { createHash } from "node:crypto";

/** One table, one partition; what one statement is about. */
export interface RetirementPlace {
  readonly table: string;
  readonly source: string;
  readonly partition: number;
}

export interface Retirement extends RetirementPlace {
  /** Name and hash of the set of leaves: hex, 64 digits. */
  readonly retirement: string;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly leaves: number;
}

export interface RetiredLine {
  readonly offset: number;
  /** The leaf's text. */
  readonly text: string;
  /** Hash of the event's id as the outcome keeps it: once the event is gone nothing else vouches for it. */
  readonly idHash: string;
}

export interface RetirementSum {
  /** In order of offset. */
  readonly add: (line: RetiredLine) => void;
  readonly result: () => Retirement;
}

/** SHA-256 over the place and, in order of offset, each leaf's text with the hash of the event's id. */
export function sumRetirement(place: RetirementPlace): RetirementSum {
  const { table, source, partition } = place;
  const sum = createHash("sha256");
  const extent = { first: 0, last: 0, leaves: 0 };
  sum.update(JSON.stringify(["deskwatch-retirement-1", table, source, partition]));
  return {
    add: ({ offset, text, idHash }) => {
      if (extent.leaves === 0) extent.first = offset;
      extent.last = offset;
      extent.leaves += 1;
      sum.update(`\n${JSON.stringify([text, idHash])}`);
    },
    result: () => ({
      table,
      source,
      partition,
      retirement: sum.copy().digest("hex"),
      firstOffset: extent.first,
      lastOffset: extent.last,
      leaves: extent.leaves,
    }),
  };
}

/** The legal holds that a retirement spared, as they were in force at `asOf`. Epoch milliseconds. */
export interface Spared {
  readonly asOf: number;
  /** In order. */
  readonly holdIds: readonly string[];
}

/** As the statement has it: ids are hexadecimal. Never empty, as that of an earlier version is. */
export const sparedText = ({ asOf, holdIds }: Spared): string => [asOf, ...holdIds].join(" ");

/** undefined: an earlier version did not say. */
export function sparedIn(text: string): Spared | undefined {
  const [asOf = "", ...holdIds] = text.split(" ");
  return asOf === "" ? undefined : { asOf: Number(asOf), holdIds };
}

/** When, by whom and up to which time of the rows. Epoch milliseconds. */
export interface RetirementStamp {
  readonly at: number;
  readonly principal: string;
  readonly cutoffAt: number;
  readonly spared: Spared;
}

/** In the order of the statement's columns. */
export const retirementValues = (
  { retirement, table, source, partition, firstOffset, lastOffset, leaves }: Retirement,
  { at, principal, cutoffAt, spared }: RetirementStamp,
): readonly unknown[] => [
  retirement,
  at,
  principal,
  table,
  cutoffAt,
  source,
  partition,
  firstOffset,
  lastOffset,
  leaves,
  sparedText(spared),
];
