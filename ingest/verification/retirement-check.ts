/** Whether every leaf that stands for a removed row belongs to a retirement that the service put down. */
import type { Reader } from "../clickhouse/define-query.ts";
import { bodyTableOf } from "../clickhouse/event-rows.ts";
import { retirementsNamed } from "../clickhouse/retirements.ts";
import { noHash64, type StoredRecord } from "../clickhouse/stored-records.ts";
import { outcomeIn } from "../ledger/leaf.ts";
import { type Retirement, type RetirementSum, sumRetirement } from "../ledger/retirement.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { holdsOverlooked } from "./spared-check.ts";

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
  const overlookedBy = await holdsOverlooked({ reader, mac });
  for (let at = 0; at < met.length; at += namesPerRead) {
    const page = met.slice(at, at + namesPerRead);
    const rows = await retirementsNamed(reader, { names: page.map(({ name }) => name) });
    const own = rows.filter((one) => mac?.isAuthentic("retirements", one.place, one.own) !== false);
    const covered = new Set(own.map(({ stated }) => keyOf(stated)));
    const uncovered = page.filter(
      ({ name, found: sum }) => sum.retirement !== name || !covered.has(keyOf(sum)),
    );
    found.push(...uncovered.map(({ found: sum }) => forged(sum)));
    found.push(...own.flatMap((one) => overlooked(one.place, overlookedBy(one.spared, one.place))));
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

interface StatedPlace {
  readonly source: string;
  readonly partition: number;
  readonly offset: number;
}

function overlooked({ source, partition, offset }: StatedPlace, holds: number): Discrepancy[] {
  if (holds === 0) return [];
  const detail = `${holds} legal ${holds === 1 ? "hold was" : "holds were"} in force that it did not know of`;
  const place = { table: "retirements", source, partition, from: offset, to: offset + 1 };
  return [{ kind: "hold_overlooked", ...place, detail }];
}

const forged = ({ source, partition, ...own }: Retirement): Discrepancy => ({
  kind: "retirement_forged",
  table: "retired_leaves",
  source,
  partition,
  from: own.firstOffset,
  to: own.lastOffset + 1,
  detail: `${own.leaves} leaves that no retirement of the service names`,
});
