/**
 * An audit store that writes one table more, `ledger`, after all others and by the same rules: a token for what
 * is wholly missing, a look at what is left, and no token for that.
 */
import type { Writer } from "../../../../../ingest/clickhouse/client.ts";
import type {
  AuditStore,
  ExactTable,
  Missing,
  PositionedOutcome,
  Range,
} from "../../../../../ingest/pipeline/audit-store.ts";
import type { EpochMs } from "../../../../../ingest/vocabulary/brand.ts";

const table = "ledger";
/** Not a table of production yet, so no reader of `Missing` there meets it. */
const key = table as ExactTable;

const countsSql = `SELECT offset, count() AS rows FROM ${table} GROUP BY offset ORDER BY offset`;

export function withLedger(inner: AuditStore, writer: Writer): AuditStore {
  const offsetsOf = (outcomes: readonly PositionedOutcome[]): number[] =>
    outcomes.map(({ position }) => position.offset);
  const absent = async ({ partition, start, end }: Range): Promise<Set<number>> => {
    const rows = await writer.query(countsSql, { partition, start, end });
    const stored = new Set(rows.map((row) => (row as { readonly offset: number }).offset));
    const all = Array.from({ length: end - start }, (_, index) => start + index);
    return new Set(all.filter((offset) => !stored.has(offset)));
  };
  const insert = async (
    range: Range,
    offsets: readonly number[],
    { deadline, once }: { readonly deadline: EpochMs; readonly once: boolean },
  ): Promise<void> => {
    const { source, partition, start, end } = range;
    const name = `${table}:${source}:${partition}:${start}-${end}:`;
    const line = (offset: number) => `[0,"${source}",${partition},${offset},${deadline}]`;
    const lines = offsets.map(line).join("\n");
    const ids = once ? { queryId: name, token: name } : { queryId: `${name}.missing` };
    if (lines !== "") await writer.insert({ table, columns: [], lines, ...ids });
  };
  return {
    ...inner,
    insertRange: async (range, outcomes, deadline) => {
      await inner.insertRange(range, outcomes, deadline);
      await insert(range, offsetsOf(outcomes), { deadline, once: true });
    },
    missing: async (range, outcomes) => {
      const found = await inner.missing(range, outcomes);
      return merged(found, await absent(range), outcomes.length);
    },
    insertMissing: async (range, outcomes, { extent, offsets }, deadline) => {
      const others = new Map([...offsets].filter(([name]) => name !== key));
      if (others.size > 0)
        await inner.insertMissing(range, outcomes, { extent, offsets: others }, deadline);
      const own = [...(offsets.get(key) ?? [])];
      if (own.length === 0) return;
      await insert(range, own, { deadline, once: own.length === outcomes.length });
      await insert(range, [...(await absent(range))], { deadline, once: false });
    },
  };
}

function merged(found: Missing, absent: ReadonlySet<number>, wanted: number): Missing {
  if (absent.size === 0) return found.extent === "all" ? { ...found, extent: "some" } : found;
  const offsets = new Map([...found.offsets, [key, absent] as const]);
  return { extent: found.extent === "all" && absent.size === wanted ? "all" : "some", offsets };
}
