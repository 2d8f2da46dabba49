/**
 * What must hold after every step, and what must hold once faults have stopped. A violation has a name, so that
 * a shrunk schedule can be compared with the one that it came from.
 */
import { linkRow, type StoredLink } from "../../../../../ingest/clickhouse/ledger-chains.ts";
import { readLeaves } from "../../../../../ingest/clickhouse/stored-records.ts";
import { leafText } from "../../../../../ingest/ledger/leaf.ts";
import { emptyChain, headOf } from "../../../../../ingest/ledger/ledger-record.ts";
import { rootOfData } from "../../../../../ingest/ledger/merkle.ts";
import { linkOf } from "./simulated-answers.ts";
import { type SimulatedTable, type StoredRow, simulatedTables } from "./simulated-rows.ts";
import type { WorldServices } from "./world-services.ts";

export interface Violation {
  readonly name:
    | "stored twice"
    | "confirmed, not stored"
    | "confirmed, then lost"
    | "event id stored twice"
    | "record taken for a hole"
    | "chain broken"
    | "link does not fit its rows"
    | "gave up"
    | "not stored in the end"
    | "not confirmed in the end"
    | "drain without end";
  readonly detail: string;
}

export interface SafetyCheck {
  /** After every step. O(new rows + confirmed offsets). */
  readonly violation: () => Violation | undefined;
  /** To be called when the database was put back: until it is noticed, what is confirmed need not be stored. */
  readonly restored: () => void;
}

export function createSafetyCheck(world: Omit<WorldServices, "stepOf">): SafetyCheck {
  const { log, database, coordinator } = world;
  /** Every offset below was once confirmed. */
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
  const confirmedEnds = Array.from({ length: log.partitions }, () => 0);
  const checked = { agent_events: 0, outcomes: 0, ledger: 0 };
  const events = new Map<string, StoredRow>();
  const lows = confirmedEnds.map(() => 0);
  const chains = confirmedEnds.map(() => emptyChain);
  /** Committed before the database was put back, and since then neither taken back nor noticed. */
  const owedEnds = confirmedEnds.map(() => 0);
  /** Records that retention cut off before they were confirmed: their range was never finished by its next owner. */
  const lost = new Set<string>();
  const wasLost = ({ partition, offset }: StoredRow): boolean => lost.has(`${partition} ${offset}`);
  const noteLost = (partition: number): void => {
    const from = Math.max(lows[partition] ?? 0, confirmedEnds[partition] ?? 0);
    lows[partition] = log.low(partition);
    for (let offset = from; offset < log.low(partition); offset += 1)
      lost.add(`${partition} ${offset}`);
  };
  const faultIn = (table: SimulatedTable, row: StoredRow): Violation | undefined => {
    const { partition, offset, id, kind } = row;
    const detail = `${table} p${partition} ${offset}`;
    if (database.count(table, partition, offset) > 1) return { name: "stored twice", detail };
    if (kind === "skip no_record" && log.exists(partition, offset)) {
      return { name: "record taken for a hole", detail };
    }
    if (table === "ledger") return brokenAt(row);
    // Outcomes come after the events, and only they say what is one.
    return table === "outcomes" && id !== "0" ? secondOf(row) : undefined;
  };
  /** Each link, told by its first offset, goes on where the former one of its partition ended. */
  const brokenAt = ({ partition, offset, line }: StoredRow): Violation | undefined => {
    const link = linkIn(line);
    if (offset !== link.start) return undefined;
    const { sequence, end, hash } = chains[partition] ?? emptyChain;
    const follows = link.sequence === sequence + 1 && link.previous === hash && link.start >= end;
    chains[partition] = headOf(link);
    return follows ? undefined : { name: "chain broken", detail: `p${partition} ${offset}` };
  };
  const secondOf = (row: StoredRow): Violation | undefined => {
    const other = events.get(row.id) ?? row;
    events.set(row.id, row);
    if (other === row || wasLost(other) || wasLost(row)) return undefined;
    const detail = `p${row.partition} ${other.offset} and ${row.offset}`;
    return { name: "event id stored twice", detail };
  };
  const newRows = (table: SimulatedTable): readonly StoredRow[] => {
    const rows = database.rows(table);
    const fresh = rows.length === checked[table] ? none : rows.slice(checked[table]);
    checked[table] = rows.length;
    return fresh;
  };
  const newFault = (): Violation | undefined =>
    firstOf(simulatedTables, (table) => firstOf(newRows(table), (row) => faultIn(table, row)));
  const unstored = (partition: number): Violation | undefined => {
    const committed = coordinator.committed(partition).offset ?? 0;
    if (committed > 0 && committed === owedEnds[partition]) return undefined;
    owedEnds[partition] = 0;
    const known = confirmedEnds[partition] ?? 0;
    confirmedEnds[partition] = Math.max(known, committed);
    const gone = firstUnstored(partition, confirmedEnds[partition] ?? 0);
    if (gone === undefined) return undefined;
    const name = gone < known ? "confirmed, then lost" : "confirmed, not stored";
    return { name, detail: `p${partition} ${gone}` };
  };
  const firstUnstored = (partition: number, end: number): number | undefined => {
    for (let offset = log.low(partition); offset < end; offset += 1) {
      if (!isStored(database, partition, offset)) return offset;
    }
    return undefined;
  };
  const restored = (): void => {
    for (const table of simulatedTables) checked[table] = 0;
    events.clear();
    chains.fill(emptyChain);
    for (const partition of partitions) {
      const committed = coordinator.committed(partition).offset ?? 0;
      const linked = storedEndOf(database, partition);
      confirmedEnds[partition] = Math.min(confirmedEnds[partition] ?? 0, linked);
      owedEnds[partition] = committed > linked ? committed : 0;
    }
  };
  return {
    violation: () => {
      partitions.forEach(noteLost);
      return newFault() ?? firstOf(partitions, unstored);
    },
    restored,
  };
}

/** The offset behind the last one that a link covers. */
function storedEndOf(database: WorldServices["database"], partition: number): number {
  const own = database.rows("ledger").filter((row) => row.partition === partition);
  return own.reduce((end, { offset }) => Math.max(end, offset + 1), 0);
}

const none: readonly StoredRow[] = [];

function firstOf<Item>(
  items: readonly Item[],
  violationOf: (item: Item) => Violation | undefined,
): Violation | undefined {
  for (const item of items) {
    const found = violationOf(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether an offset has its row in every table that its outcome calls for. */
export function isStored(
  database: WorldServices["database"],
  partition: number,
  offset: number,
): boolean {
  const outcome = database.outcomeAt(partition, offset);
  if (outcome === undefined || database.count("ledger", partition, offset) === 0) return false;
  const isEvent = outcome.kind.startsWith("event");
  return !isEvent || database.count("agent_events", partition, offset) > 0;
}

/** Once faults have stopped: everything that the broker still has is stored and confirmed, no note is left. */
export function unfinished({
  log,
  database,
  coordinator,
}: Pick<WorldServices, "log" | "database" | "coordinator">): Violation | undefined {
  for (let partition = 0; partition < log.partitions; partition += 1) {
    for (let offset = log.low(partition); offset < log.high(partition); offset += 1) {
      if (isStored(database, partition, offset)) continue;
      return { name: "not stored in the end", detail: `p${partition} ${offset}` };
    }
    const { offset, metadata } = coordinator.committed(partition);
    if (log.high(partition) > 0 && (offset !== log.high(partition) || metadata !== "")) {
      const detail = `p${partition}: ${offset} "${metadata}" of ${log.high(partition)}`;
      return { name: "not confirmed in the end", detail };
    }
  }
  return undefined;
}

const linkIn = (line: string): StoredLink => linkRow.parse(linkOf(line));

/** Once faults have stopped: every link commits to exactly the rows that are stored for its offsets. */
export async function unfittingLink(
  database: WorldServices["database"],
): Promise<Violation | undefined> {
  const reader = {
    query: async (sql: string, params: Parameters<typeof database.answer>[1]) =>
      database.answer(sql, params),
  };
  for (const line of new Set(database.rows("ledger").map((row) => row.line))) {
    const { source, partition, start, end, root } = linkIn(line);
    const leaves = await readLeaves(reader, { source, partition, start, end });
    if (rootOfData(leaves.map(leafText)).toString("hex") === root) continue;
    return { name: "link does not fit its rows", detail: `p${partition} ${start}-${end}` };
  }
  return undefined;
}
