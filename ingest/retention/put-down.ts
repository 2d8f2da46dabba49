/** The two steps before rows are removed: the retirement as a statement, the leaves in the place of the rows. */
import type { Store } from "../clickhouse/client.ts";
import type { StoredLink } from "../clickhouse/ledger-chains.ts";
import { linksOver } from "../clickhouse/ledger-log.ts";
import { retirementsNamed } from "../clickhouse/retirements.ts";
import type { BodyTable } from "../clickhouse/stored-record-queries.ts";
import { leafOfStored, noHash64, readStoredRecords } from "../clickhouse/stored-records.ts";
import { leafText } from "../ledger/leaf.ts";
import type { LinkMac } from "../ledger/link-mac.ts";
import {
  type RetiredLine,
  type Retirement,
  retirementValues,
  type Spared,
  sumRetirement,
} from "../ledger/retirement.ts";
import type { StatementWriter } from "../ledger/statement.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import { checkRange, type StoredRecords } from "../verification/range-check.ts";
import { epochMs } from "../vocabulary/brand.ts";
import { keepLeaves } from "./retired-leaves.ts";

export interface PutDownDeps {
  readonly store: Pick<Store, "reader" | "writer">;
  readonly statements: Pick<StatementWriter, "append">;
  readonly linkMac: Pick<LinkMac, "isAuthentic">;
  readonly statementMac: Pick<StatementMac, "isAuthentic">;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Offsets of one table and chain with a row to retire, in order; at least one. */
export interface Slice {
  readonly table: BodyTable;
  readonly source: string;
  readonly partition: number;
  readonly offsets: readonly number[];
  readonly principal: string;
  readonly cutoffAt: number;
  readonly spared: Spared;
}

export interface PutDown {
  /** `undefined`: nothing of the slice may go. */
  readonly retirement: Retirement | undefined;
  readonly refusedLinks: number;
}

/** The store refuses leaves that arrive later. Milliseconds. */
const writeMsMax = 60_000;

export async function putDown(deps: PutDownDeps, slice: Slice): Promise<PutDown> {
  const { lines, refusedLinks } = await retirableLines(deps, slice);
  if (lines.length === 0) return { retirement: undefined, refusedLinks };
  const sum = sumRetirement(slice);
  for (const line of lines) sum.add(line);
  const retirement = sum.result();
  await state(deps, slice, retirement);
  const deadline = epochMs(deps.clock.now() + writeMsMax);
  await keepLeaves(deps.store.writer, retirement, { lines, deadline });
  return { retirement, refusedLinks };
}

/** What the leaves of the slice say, as far as links cover it whose rows are what they commit to. */
async function retirableLines(deps: PutDownDeps, slice: Slice) {
  const { source, partition, offsets } = slice;
  const first = offsets[0] ?? 0;
  const last = offsets.at(-1) ?? first;
  const { reader } = deps.store;
  const links = await linksOver(reader, { source, partition, first, last });
  const start = Math.min(...links.map((link) => link.start));
  const end = Math.max(...links.map((link) => link.end));
  if (links.length === 0) return { lines: [], refusedLinks: 0 };
  const records = await readStoredRecords(reader, { source, partition, start, end });
  const wanted = new Set(offsets);
  const lines: RetiredLine[] = [];
  let refusedLinks = 0;
  for (const [at, link] of links.entries()) {
    const covered = offsetsOf(link).filter((offset) => wanted.has(offset));
    if (covered.length === 0) continue;
    if (isSound(deps, { link, records, after: links[at - 1], before: links[at + 1] })) {
      lines.push(...covered.flatMap((offset) => lineAt(offset, records)));
    } else {
      refusedLinks += 1;
      const { table } = slice;
      const place = { table, partition, from: link.start, to: link.end };
      deps.log.error(place, "retention refused: the rows are not those committed to");
    }
  }
  return { lines, refusedLinks };
}

const offsetsOf = ({ start, end }: StoredLink): readonly number[] =>
  Array.from({ length: end - start }, (_, at) => start + at);

interface LinkTrial {
  readonly link: StoredLink;
  readonly records: StoredRecords;
  readonly after: StoredLink | undefined;
  readonly before: StoredLink | undefined;
}

function isSound({ linkMac }: PutDownDeps, { link, records, after, before }: LinkTrial): boolean {
  const isAlone = (after?.end ?? 0) <= link.start && link.end <= (before?.start ?? link.end);
  return isAlone && linkMac.isAuthentic(link, link.mac) && checkRange(link, records).length === 0;
}

function lineAt(offset: number, records: StoredRecords): readonly RetiredLine[] {
  const record = records.get(offset);
  const leaf = leafOfStored(offset, record);
  if (leaf === undefined) return [];
  return [{ offset, text: leafText(leaf), idHash: record?.outcomes[0]?.idHash ?? noHash64 }];
}

/** Once for the same holds: a pass that was cut off finds what it had put down. */
async function state(
  { store, statements, statementMac, clock }: PutDownDeps,
  { principal, cutoffAt, spared }: Slice,
  retirement: Retirement,
): Promise<void> {
  const known = await retirementsNamed(store.writer, { names: [retirement.retirement] });
  const isOwn = known.some(
    (one) =>
      statementMac.isAuthentic("retirements", one.place, one.own) &&
      one.spared?.holdIds.join(" ") === spared.holdIds.join(" "),
  );
  if (isOwn) return;
  const values = retirementValues(retirement, { at: clock.now(), principal, cutoffAt, spared });
  await statements.append("retirements", values);
}
