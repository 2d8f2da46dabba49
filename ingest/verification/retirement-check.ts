/** Whether every leaf that stands for a removed row belongs to a retirement that the service put down. */
import type { Reader } from "../clickhouse/define-query.ts";
import { bodyTableOf } from "../clickhouse/event-rows.ts";
import { retirementsNamed } from "../clickhouse/retirements.ts";
import { noHash64, type StoredRecord } from "../clickhouse/stored-records.ts";
import { outcomeIn } from "../ledger/leaf.ts";
import { type Retirement, type RetirementSum, sumRetirement } from "../ledger/retirement.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import type { Discrepancy } from "./discrepancy.ts";

/** What was met of one retirement, and the name that its leaves give. */
export interface MetRetirement {
  readonly name: string;
  readonly found: Retirement;
}

export interface RetirementMeter {
  /** In order of offset. */
  readonly meet: (offset: number, record: StoredRecord | undefined) => void;
  readonly met: () => readonly MetRetirement[];
}

/** Of one chain. Memory: one hash per retirement that left leaves in it. */
export function createRetirementMeter(source: string, partition: number): RetirementMeter {
  const sums = new Map<string, { readonly name: string; readonly sum: RetirementSum }>();
  return {
    meet: (offset, record) => {
      for (const { retirement: name, text } of record?.retired ?? []) {
        const table = bodyTableOf(outcomeIn(text)) ?? "";
        const key = `${table}@${name}`;
        const known = sums.get(key) ?? { name, sum: sumRetirement({ table, source, partition }) };
        sums.set(key, known);
        known.sum.add({ offset, text, idHash: record?.outcomes[0]?.idHash ?? noHash64 });
      }
    },
    met: () => [...sums.values()].map(({ name, sum }) => ({ name, found: sum.result() })),
  };
}

interface RetirementCheckDeps {
  readonly reader: Reader;
  /** Absent where the master key is not at hand: a retirement then counts if the ledger covers it. */
  readonly mac: Pick<StatementMac, "isAuthentic"> | undefined;
}

/** Retirements that are looked up at one go. */
const namesPerRead = 500;

export async function checkRetirements(
  { reader, mac }: RetirementCheckDeps,
  met: readonly MetRetirement[],
): Promise<readonly Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (let at = 0; at < met.length; at += namesPerRead) {
    const page = met.slice(at, at + namesPerRead);
    const stated = await retirementsNamed(reader, { names: page.map(({ name }) => name) });
    const covered = new Set(
      stated
        .filter(({ place, own }) => mac?.isAuthentic("retirements", place, own) !== false)
        .map(({ stated: retirement }) => keyOf(retirement)),
    );
    for (const { name, found: own } of page) {
      const isCovered = own.retirement === name && covered.has(keyOf(own));
      if (!isCovered) found.push(forged(own));
    }
  }
  return found;
}

const keyOf = (own: Retirement): string =>
  JSON.stringify([
    own.retirement,
    own.table,
    own.source,
    own.partition,
    own.firstOffset,
    own.lastOffset,
    own.leaves,
  ]);

const forged = ({ source, partition, ...own }: Retirement): Discrepancy => ({
  kind: "retirement_forged",
  table: "retired_leaves",
  source,
  partition,
  from: own.firstOffset,
  to: own.lastOffset + 1,
  detail: `${own.leaves} leaves that no retirement of the service names`,
});
