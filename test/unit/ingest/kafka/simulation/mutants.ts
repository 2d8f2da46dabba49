/** Rules of the write path, each altered alone: what the simulation must miss at once. */
import type { Writer } from "../../../../../ingest/clickhouse/client.ts";
import { formatNote, parseNote } from "../../../../../ingest/kafka/intent.ts";
import type { OffsetCommit } from "../../../../../ingest/kafka/membership.ts";
import { type ExactTable, exactTables } from "../../../../../ingest/pipeline/audit-store.ts";
import { epochMs } from "../../../../../ingest/vocabulary/brand.ts";
import { duplicateMutants } from "./duplicate-mutants.ts";
import type { Mutant, Mutation } from "./mutation.ts";

const whole: ReadonlyMap<ExactTable, ReadonlySet<number>> = new Map();

/** Commits changed on their way out. */
const onCommit = (change: (commit: OffsetCommit) => OffsetCommit): Mutation => ({
  membership: (inner) => ({
    ...inner,
    commit: (commit, asked) => inner.commit(change(commit), asked),
  }),
});

const onInsert = (
  change: (insertion: Parameters<Writer["insert"]>[0]) => typeof insertion,
): Mutation => ({
  writer: (inner) => ({ ...inner, insert: (insertion) => inner.insert(change(insertion)) }),
});

/** Of intent notes the deadline is forgotten. */
const withoutDeadline = (commit: OffsetCommit): OffsetCommit => {
  const { intent, doubt } = parseNote(commit.metadata);
  const bare = intent && { ...intent, deadline: epochMs(0) };
  return { ...commit, metadata: formatNote({ intent: bare, doubt }) };
};

const confirmingAtOnce = (commit: OffsetCommit): OffsetCommit => {
  const { intent } = parseNote(commit.metadata);
  return { ...commit, offset: intent?.end ?? commit.offset };
};

const everyLine = (lines: string, change: (line: string) => string): string =>
  lines.split("\n").map(change).join("\n");

const farFuture = Date.UTC(2100, 0, 1);

export const mutants: readonly Mutant[] = [
  {
    name: "commit before insert",
    mutation: onCommit(confirmingAtOnce),
    breaks: ["confirmed, not stored"],
  },
  {
    name: "trust the token instead of reading back",
    mutation: { write: (write) => ({ ...write, mode: "insert" }) },
    breaks: ["stored twice", "confirmed, not stored"],
  },
  {
    name: "skip the epoch check: go on with what a former generation owned",
    mutation: {
      membership: (inner) => ({
        ...inner,
        epoch: () => Math.min(1, inner.epoch()),
        lose: () => undefined,
        commit: (commit) => inner.commit(commit, inner.epoch()),
      }),
    },
    breaks: ["stored twice", "confirmed, not stored"],
  },
  {
    name: "reconcile without waiting for what may still land",
    mutation: {
      write: (write) => ({ ...write, range: { ...write.range, deadline: epochMs(0) } }),
    },
    breaks: ["stored twice"],
  },
  {
    name: "announce without a deadline",
    mutation: onCommit(withoutDeadline),
    breaks: ["stored twice"],
  },
  {
    name: "insert without a deadline",
    mutation: onInsert((insertion) => ({
      ...insertion,
      lines: everyLine(insertion.lines, (line) => line.replace(/\d+\]$/, `${farFuture}]`)),
    })),
    breaks: ["stored twice"],
  },
  {
    name: "read back outcomes only",
    mutation: {
      auditStore: (inner) => ({
        ...inner,
        missing: async (range, outcomes) => {
          const { offsets } = await inner.missing(range, outcomes);
          const absent = offsets.get("outcomes");
          const isThere = absent === undefined;
          return isThere ? { extent: "none", offsets: whole } : { extent: "some", offsets };
        },
      }),
    },
    breaks: ["confirmed, not stored"],
  },
  {
    name: "forget the intent on assignment",
    mutation: { committed: (committed) => ({ ...committed, intent: undefined }) },
    breaks: ["stored twice", "confirmed, not stored"],
  },
  {
    name: "rebuild a shorter range",
    mutation: {
      committed: (committed) => {
        const { intent } = committed;
        if (intent === undefined || intent.end - intent.start < 2) return committed;
        return { ...committed, intent: { ...intent, end: intent.end - 1 } };
      },
    },
    breaks: ["stored twice", "confirmed, not stored"],
  },
  {
    name: "take a timed-out commit for accepted",
    mutation: {
      membership: (inner) => ({
        ...inner,
        commit: async (commit, asked) => {
          const outcome = await inner.commit(commit, asked);
          return outcome === "unknown" ? "accepted" : outcome;
        },
      }),
    },
    breaks: ["stored twice", "confirmed, not stored", "not confirmed in the end"],
  },
  {
    name: "write before the announcement is accepted",
    mutation: {
      membership: (inner) => ({
        ...inner,
        commit: async (commit, asked) => {
          void inner.commit(commit, asked);
          return "accepted";
        },
      }),
    },
    breaks: ["stored twice", "confirmed, not stored", "not confirmed in the end"],
  },
  {
    name: "confirm past the end of a hole",
    mutation: { low: (low) => (low === 0 ? 0 : low + 1) },
    breaks: ["confirmed, not stored", "not stored in the end"],
  },
  {
    name: "trust a committed offset that the store has fallen behind",
    mutation: { linkedEnd: () => Number.POSITIVE_INFINITY },
    breaks: ["confirmed, not stored", "not stored in the end"],
  },
  {
    name: "drop the doubt after offsets expired",
    mutation: {
      committed: (committed) => ({ ...committed, offset: committed.offset ?? committed.low }),
    },
    breaks: ["stored twice", "confirmed, not stored"],
  },
  {
    name: "insert the whole range when some of it is missing",
    mutation: {
      auditStore: (inner) => ({
        ...inner,
        insertMissing: (range, outcomes, missing, deadline) => {
          const every = new Set(outcomes.map(({ position }) => position.offset));
          const tables = [...exactTables, ...missing.offsets.keys()];
          const offsets = new Map(tables.map((table) => [table, every] as const));
          return inner.insertMissing(range, outcomes, { ...missing, offsets }, deadline);
        },
      }),
    },
    breaks: ["stored twice"],
  },
  {
    name: "never insert without a token",
    mutation: onInsert(({ queryId = "", ...rest }) => {
      const token = queryId.replace(/\.missing$/, "");
      return { ...rest, queryId: token, token };
    }),
    breaks: ["confirmed, not stored", "not stored in the end", "stored twice"],
  },
  ...duplicateMutants,
  {
    name: "leave running inserts alone before reading back",
    mutation: { writer: (inner) => ({ ...inner, settle: async () => undefined }) },
    breaks: ["stored twice"],
  },
  {
    name: "link only the first of several ranges",
    mutation: onInsert((insertion) => {
      const isLink = insertion.table === "ledger";
      const [first = ""] = insertion.lines.split("\n");
      return isLink ? { ...insertion, lines: first } : insertion;
    }),
    breaks: ["confirmed, not stored", "chain broken"],
  },
  {
    name: "forget the link when reading back",
    mutation: {
      auditStore: (inner) => ({
        ...inner,
        missing: async (range, outcomes) => {
          const { extent, offsets } = await inner.missing(range, outcomes);
          const rows = new Map([...offsets].filter(([table]) => table !== "ledger"));
          return { extent: rows.size === 0 ? "none" : extent, offsets: rows };
        },
      }),
    },
    breaks: ["confirmed, not stored"],
  },
  {
    name: "believe that nobody else goes on with a chain",
    mutation: {
      writer: (inner) => {
        const known = new Map<unknown, readonly unknown[]>();
        return {
          ...inner,
          query: async (sql, params) => {
            if (!sql.includes("ORDER BY sequence DESC")) return inner.query(sql, params);
            const place = params["partition"];
            const found = known.get(place) ?? (await inner.query(sql, params));
            known.set(place, found);
            return found;
          },
        };
      },
    },
    breaks: ["chain broken", "stored twice", "not confirmed in the end"],
  },
];
