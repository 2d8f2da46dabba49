/**
 * An audit store in memory that keeps what it is given, row by row: a row that is stored twice is there twice.
 * Its decisions are simple: JSON objects are events, `null` is a tombstone, anything else a dead letter.
 */
import type {
  AuditStore,
  Missing,
  PositionedOutcome,
  Range,
} from "../../../../ingest/pipeline/audit-store.ts";
import { agentId, epochMs, eventId } from "../../../../ingest/vocabulary/brand.ts";
import type { AgentEvent } from "../../../../ingest/vocabulary/event.ts";
import {
  deadLetter,
  type Outcome,
  type RawRecord,
  skip,
} from "../../../../ingest/vocabulary/outcome.ts";

export interface MemoryAuditStore extends AuditStore {
  /** Everything stored, in order of storing. */
  readonly rows: PositionedOutcome[];
  readonly ranges: Range[];
}

export function createMemoryAuditStore(): MemoryAuditStore {
  const rows: PositionedOutcome[] = [];
  const ranges: Range[] = [];
  const stored = (range: Range): ReadonlySet<number> =>
    new Set(
      rows.filter(({ position }) => isIn(range, position)).map(({ position }) => position.offset),
    );
  return {
    rows,
    ranges,
    decide: async (records) =>
      records.map((record) => ({
        position: record.position,
        outcome: outcomeOf(record),
        bytes: record.value,
      })),
    insertRanges: async (contents) => {
      for (const { range, outcomes } of contents) {
        ranges.push(range);
        rows.push(...outcomes);
      }
    },
    missing: async (range, outcomes) => missingOf(outcomes, stored(range)),
    insertMissing: async (_range, outcomes, missing) => {
      const offsets = missing.offsets.get("outcomes");
      rows.push(...outcomes.filter(({ position }) => offsets?.has(position.offset) === true));
      return false;
    },
    warm: async () => undefined,
  };
}

const isIn = (range: Range, position: PositionedOutcome["position"]): boolean =>
  position.source === range.source &&
  position.partition === range.partition &&
  position.offset >= range.start &&
  position.offset < range.end;

function missingOf(outcomes: readonly PositionedOutcome[], known: ReadonlySet<number>): Missing {
  const offsets = outcomes
    .map(({ position }) => position.offset)
    .filter((offset) => !known.has(offset));
  const extent =
    offsets.length === 0 ? "none" : offsets.length === outcomes.length ? "all" : "some";
  return { extent, offsets: new Map([["outcomes", new Set(offsets)]]) };
}

function outcomeOf(record: RawRecord): Outcome {
  if (record.value === null) return skip("tombstone");
  const id = idIn(record.value);
  if (id === undefined) return deadLetter("invalid_json", "expected an object with an event_id");
  const event: AgentEvent = {
    kind: "agent",
    eventId: eventId(id),
    at: epochMs(0),
    type: "hired",
    agentId: agentId("a"),
    team: undefined,
    role: undefined,
  };
  return { kind: "event", event, identities: [] };
}

function idIn(value: Buffer): string | undefined {
  try {
    const { event_id: id } = JSON.parse(value.toString("utf8"));
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Ids of the events stored, in order of storing; one that is stored twice is there twice. */
export const idsOf = (store: MemoryAuditStore): string[] =>
  store.rows.flatMap(({ outcome }) => (outcome.kind === "event" ? [outcome.event.eventId] : []));
