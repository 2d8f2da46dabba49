/** Rows taken away with their right leaf left in their place, as the service's own retention would do it. */
import type { Store } from "../../../ingest/clickhouse/client.ts";
import { readLeaves } from "../../../ingest/clickhouse/stored-records.ts";
import { leafText } from "../../../ingest/ledger/leaf.ts";
import { oneOf, type Random } from "./column-value.ts";
import type { Act } from "./expectation.ts";
import type { Row, Scene } from "./pristine.ts";
import { nameOf } from "./row-acts.ts";
import { atOffset, offsetOf, type Unit } from "./units.ts";

/** Tables whose rows retention takes. */
const retirable = [
  "access_events",
  "subject_events",
  "ticket_events",
  "agent_events",
  "dead_letters",
  "alert_actions",
];

/** One of each link that has such a row. The store must be as it was. */
export async function retireActs(store: Store, { chains, random }: Scene): Promise<readonly Act[]> {
  const acts: Act[] = [];
  for (const unit of chains.flatMap(({ units }) => units)) {
    const row = rowOf(unit, random);
    if (row !== undefined) acts.push(await retireAct(store, unit, row));
  }
  return acts;
}

function rowOf({ rows }: Unit, random: Random): Row | undefined {
  const tables = retirable.filter((table) => rows.has(table));
  return tables.length === 0 ? undefined : oneOf(random, rows.get(oneOf(random, tables)) ?? []);
}

async function retireAct({ reader }: Store, unit: Unit, row: Row): Promise<Act> {
  const { source, partition } = unit;
  const offset = offsetOf(row);
  const [leaf] = await readLeaves(reader, { source, partition, start: offset, end: offset + 1 });
  if (leaf === undefined) throw new Error("no leaf");
  const isAccess = row.table === "access_events";
  const exposed = isAccess ? (unit.rows.get("exposures") ?? []) : [];
  const gone = [row, ...exposed.filter((exposure) => offsetOf(exposure) === offset)];
  const left = {
    retirement: `none-${unit.number}`,
    leaf: leafText(leaf),
    source,
    partition: String(partition),
    offset: String(offset),
    deadline: row.values["deadline"],
  };
  return {
    name: `${nameOf(row)} is retired by nobody`,
    changes: [
      ...gone.map(({ table, id }) => ({ table, drop: id })),
      { table: "retired_leaves", add: left },
    ],
    expected: [atOffset(unit, offset, ["retirement_forged"], ["retired_leaves"])],
  };
}
