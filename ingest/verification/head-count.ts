/** The numbers that the notary gives its heads, each once: which are not there, and which come again. */
import type { DiscrepancyList } from "./discrepancy.ts";

/** Heads not met yet between two that were. */
interface Gap {
  /** Numbers [first, end). */
  readonly first: number;
  readonly end: number;
  /** Entries that the heads around it cover. */
  readonly from: number;
  readonly to: number;
}

/** Gaps in which a head that comes late is looked for; those beyond count as missing at once. */
const gapsMax = 1_000;

export interface HeadCount {
  readonly met: (number: number, size: number) => void;
  /** A head whose number cannot be read: it is one of those that are missing around its size. */
  readonly unreadable: (size: number) => void;
  readonly end: () => void;
}

export function createHeadCount(list: DiscrepancyList): HeadCount {
  let gaps: Gap[] = [];
  const unread: number[] = [];
  let next = 0;
  let size = 0;
  const missing = (gap: Gap): void => {
    const without = unread.filter((at) => at >= gap.from && at <= gap.to).length;
    const count = gap.end - gap.first - without;
    if (count <= 0) return;
    const { from, to } = gap;
    const detail = `${count} of the signed heads in between are not there`;
    list.add({ kind: "checkpoint_missing", table: "checkpoints", from, to, detail });
  };
  const late = (number: number, at: number): void => {
    const gap = gaps.find(({ first, end }) => number >= first && number < end);
    if (gap === undefined) {
      const detail = "a signed head is there twice";
      const place = { table: "checkpoints", from: at, to: at + 1 };
      list.add({ kind: "checkpoint_unexpected", ...place, detail });
      return;
    }
    const parts = [
      { ...gap, end: number },
      { ...gap, first: number + 1 },
    ];
    gaps = gaps.flatMap((other) => (other === gap ? parts : [other]));
    gaps = gaps.filter(({ first, end }) => first < end);
  };
  return {
    met: (number, at) => {
      if (number < next) {
        late(number, at);
        return;
      }
      if (number > next) {
        const gap = { first: next, end: number, from: size, to: at };
        if (gaps.length < gapsMax) gaps.push(gap);
        else missing(gap);
      }
      next = number + 1;
      size = at;
    },
    unreadable: (at) => {
      if (unread.length < gapsMax) unread.push(at);
    },
    end: () => gaps.forEach(missing),
  };
}
