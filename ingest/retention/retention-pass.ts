/**
 * One pass of retention. Rows older than their table's limit go, but for those under a legal hold, those that no
 * link covers yet, and those of a range that does not give its link's root: retention must not wipe out the
 * traces of an edit.
 *
 * For some 20,000 offsets at a time: the retirement is put down as a statement, then the leaves are kept in the
 * place of the rows, and only then the rows are removed. A statement names its leaves by their hash, so a pass
 * that was cut off at any step finds its own statement and leaves again and goes on.
 */
import type { Store } from "../clickhouse/client.ts";
import type { RetentionConfig } from "../clickhouse/retention.ts";
import type { LegalHold } from "../clickhouse/stored-holds.ts";
import type { Retirement } from "../ledger/retirement.ts";
import type { EpochMs } from "../vocabulary/brand.ts";
import { heldOf, type KeptTable, keptTables } from "./kept-tables.ts";
import type { LegalHolds } from "./legal-holds.ts";
import { type PutDownDeps, putDown, type Slice } from "./put-down.ts";
import { removeRows } from "./retired-leaves.ts";
import { removeUnlinked } from "./unlinked-rows.ts";

export interface RetentionPassDeps extends PutDownDeps {
  readonly store: Pick<Store, "reader" | "writer">;
  readonly holds: Pick<LegalHolds, "active">;
}

export interface PassOptions {
  readonly config: RetentionConfig;
  /** Who retires, for the record. */
  readonly principal: string;
  /** Asked between two slices; `false` ends the pass early, harmlessly. */
  readonly mayGoOn: () => boolean;
}

export interface PassResult {
  /** Rows removed, by table; an access counts once, whatever it exposed. */
  readonly retired: ReadonlyMap<string, number>;
  /** Links left alone because their rows or they themselves are not what was committed to. */
  readonly refusedLinks: number;
}

/** Offsets of one slice, and how far apart they may lie: about 1 kB of memory for each in between. */
const offsetsPerSlice = 20_000;
const sliceSpanMax = 50_000;
/** Slices whose rows are removed by one statement: each rewrites every part that it touches. 100 bytes an offset. */
const slicesPerRemoval = 20;
/** Partitions of one table looked at in one pass; the rest waits for the next. */
const placesMax = 10_000;
const dayMs = 86_400_000;

/** Throws `clickhouse.*`; what was done by then is whole, and the next pass goes on. */
export async function runRetention(
  deps: RetentionPassDeps,
  options: PassOptions,
): Promise<PassResult> {
  const retired = new Map<string, number>();
  let refusedLinks = 0;
  for (const kept of keptTables) {
    const days = options.config[kept.setting];
    if (days === 0) continue;
    const cutoff = cutoffOf(deps.clock.now(), days);
    const asOf = deps.clock.now();
    const task = { kept, cutoff, asOf, holds: await deps.holds.active() };
    const done = await retireTable(deps, options, task);
    if (done.rows > 0) retired.set(kept.table, done.rows);
    refusedLinks += done.refusedLinks;
    if (kept.table === "alert_actions") await removeFree(deps, task);
  }
  deps.metrics.gauge("deskwatch_retention_refused_links", {}, refusedLinks);
  return { retired, refusedLinks };
}

/** Whole days of UTC: a day's rows go in one go, not hour by hour, for each removal rewrites a month's part. */
const cutoffOf = (now: EpochMs, days: number): number => (Math.floor(now / dayMs) - days) * dayMs;

interface TableTask {
  readonly kept: KeptTable;
  /** In force at `asOf`. */
  readonly holds: readonly LegalHold[];
  readonly asOf: EpochMs;
  readonly cutoff: number;
}

async function retireTable(deps: RetentionPassDeps, options: PassOptions, task: TableTask) {
  const { table } = task.kept;
  const sum = { rows: 0, refusedLinks: 0 };
  let waiting: Retirement[] = [];
  /** `false`: other holds are in force now, so the rows were left for the next pass to choose anew. */
  const remove = async (): Promise<boolean> => {
    if (waiting.length === 0) return true;
    if (!(await isStillFree(deps, task))) return false;
    await removeRows(deps.store.writer, { table, retirements: waiting });
    const rows = waiting.reduce((total, { leaves }) => total + leaves, 0);
    deps.metrics.count("deskwatch_retention_retired_rows_total", { table }, rows);
    sum.rows += rows;
    waiting = [];
    return true;
  };
  for await (const slice of slicesOf(deps, options, task)) {
    if (!options.mayGoOn()) break;
    const done = await putDown(deps, slice);
    sum.refusedLinks += done.refusedLinks;
    if (done.retirement !== undefined) waiting.push(done.retirement);
    if (waiting.length >= slicesPerRemoval && !(await remove())) return sum;
  }
  await remove();
  return sum;
}

/** What was held or freed meanwhile is chosen anew by the next pass. */
async function removeFree(deps: RetentionPassDeps, task: TableTask): Promise<void> {
  if (await isStillFree(deps, task)) await removeUnlinked(deps.store, task);
}

/** Whether no hold was placed or released since the offsets were chosen. */
async function isStillFree({ holds }: RetentionPassDeps, task: TableTask): Promise<boolean> {
  return idsOf(await holds.active()).join(" ") === idsOf(task.holds).join(" ");
}

const idsOf = (held: readonly LegalHold[]) => held.map(({ holdId }) => holdId);

async function* slicesOf(
  { store }: RetentionPassDeps,
  { principal }: PassOptions,
  { kept, cutoff, asOf, holds }: TableTask,
): AsyncGenerator<Slice> {
  const spared = { asOf, holdIds: idsOf(holds) };
  const limits = { cutoff, ...heldOf(holds) };
  for (const place of await kept.places(store.reader, { ...limits, limit: placesMax })) {
    for await (const offsets of offsetSlices((from) =>
      kept.offsets(store.reader, { ...limits, ...place, from, limit: offsetsPerSlice }),
    )) {
      yield { table: kept.table, ...place, offsets, principal, cutoffAt: cutoff, spared };
    }
  }
}

/** Offsets with a row to retire, in order, cut where too many or too distant ones come together. */
async function* offsetSlices(
  read: (from: number) => Promise<readonly { readonly offset: number }[]>,
): AsyncGenerator<readonly number[]> {
  for (let from = 0; ; ) {
    const found = (await read(from)).map(({ offset }) => offset);
    const [first] = found;
    if (first === undefined) return;
    const near = found.filter((offset) => offset < first + sliceSpanMax);
    yield near;
    if (found.length < offsetsPerSlice && near.length === found.length) return;
    from = (near.at(-1) ?? first) + 1;
  }
}
