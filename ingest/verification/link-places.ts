/** The links of one chain beside their entries in the log, number by number. */
import type { Reader } from "../clickhouse/define-query.ts";
import type { StoredLink } from "../clickhouse/ledger-chains.ts";
import type { LinkPlace } from "./link-check.ts";
import { type ChainPart, type Entry, entriesOf, linksOf } from "./log-rows.ts";

/** Numbers at which neither is stored are left out. */
export async function* linkPlaces(reader: Reader, part: ChainPart): AsyncGenerator<LinkPlace> {
  const links = await runsOf(linksOf(reader, part));
  const entries = await runsOf(entriesOf(reader, part));
  for (;;) {
    const sequence = Math.min(links.number(), entries.number());
    if (sequence === Number.POSITIVE_INFINITY) return;
    yield { sequence, links: await links.take(sequence), entries: await entries.take(sequence) };
  }
}

interface Runs<Row> {
  /** Number of the next rows; infinite at the end. */
  readonly number: () => number;
  /** The next rows if they have this number, else none. */
  readonly take: (sequence: number) => Promise<readonly Row[]>;
}

async function runsOf<Row extends StoredLink | Entry>(
  rows: AsyncGenerator<Row, undefined>,
): Promise<Runs<Row>> {
  let next = await rows.next();
  const number = (): number =>
    next.value === undefined ? Number.POSITIVE_INFINITY : next.value.sequence;
  return {
    number,
    take: async (sequence) => {
      const taken: Row[] = [];
      for (; next.value?.sequence === sequence; next = await rows.next()) taken.push(next.value);
      return taken;
    },
  };
}
