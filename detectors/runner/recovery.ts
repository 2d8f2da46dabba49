/**
 * Brings a freshly started engine to where the last process stood: the newest snapshot, then every input
 * recorded after it, in the recorded order, with the events read back from the audit trail.
 */

import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { countSettled, readStoredEvents } from "../../ingest/clickhouse/stored-events.ts";
import { isStatementSource } from "../../ingest/ledger/statement.ts";
import type { Lease } from "../../ingest/notary/lease.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { errorFields, type Log } from "../../ingest/runtime/log.ts";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineInput } from "../engine-input.ts";
import { type StatementLogs, statementPartitions } from "../store/statement-log.ts";
import type { EngineJournal, InputOrigin, RecordedInput, StateRow } from "./engine-journal.ts";
import { landedAt } from "./recording.ts";
import { runsOfOneOrigin } from "./runner.ts";

/** Recorded inputs read at a time. */
const inputsPerReadMax = 500;
/** Offsets of one read of the audit trail, so that memory stays bounded. */
const offsetsPerReadMax = 20_000;
/** How long recovery waits for ingest to store what detection had already seen. */
const settleMsMax = 60_000;
const settlePollMs = 200;
/** How long it waits for what a former owner may still record: a session, and joins that begin anew. */
const takeOverMsMax = 180_000;

export interface RecoveryDeps {
  /** Fresh. */
  readonly engine: Pick<Engine, "restore">;
  /** Whether an engine takes these rows; asked because one that refuses them is not fresh any more. */
  readonly isReadable: (rows: readonly StateRow[]) => boolean;
  readonly metrics: Pick<Metrics, "count">;
  readonly journal: EngineJournal;
  readonly reader: Reader;
  readonly log: Log;
  readonly clock: Clock;
  /** Of the topics. */
  readonly lease: Lease;
  readonly pause: (ms: number) => Promise<void>;
  /** Scores events again and stores their alerts again: both are idempotent. */
  readonly score: (inputs: readonly EngineInput[], origin: InputOrigin) => Promise<void>;
  readonly statements: StatementLogs;
}

/** Inputs were recorded whose events the audit trail still lacks after `settleMsMax`; or others hold the topics. */
export class RecoveryError extends Error {
  readonly code = "detect.recovery";
}

/** Returns the newest recorded sequence, which the engine has then scored. */
export async function recover(deps: RecoveryDeps): Promise<number> {
  const saved = await usableSnapshot(deps);
  deps.engine.restore(saved.rows, true);
  let sequence = saved.sequence;
  const giveUpAt = deps.clock.now() + takeOverMsMax;
  for (;;) {
    const isLast = hasLanded(deps);
    const inputs = await deps.journal.inputsAfter(sequence, inputsPerReadMax);
    if (inputs.length === 0 && isLast) break;
    if (inputs.length === 0) await pauseBefore(deps, giveUpAt);
    await scoreAgain(deps, inputs);
    sequence = inputs.at(-1)?.sequence ?? sequence;
  }
  deps.log.info({ sequence, refed: sequence - saved.sequence }, "detection recovered");
  if (saved.rows.length > 0) await dropFormer(deps);
  return sequence;
}

/**
 * Once this version's snapshot has been read, older ones save nobody time. What is not dropped now will be at the next
 * start.
 */
async function dropFormer({ journal, log }: RecoveryDeps): Promise<void> {
  try {
    const versions = await journal.dropFormer();
    if (versions.length > 0) log.info({ versions }, "snapshots of former versions dropped");
  } catch (error) {
    log.warn(errorFields(error), "snapshots of former versions not dropped");
  }
}

async function scoreAgain(deps: RecoveryDeps, inputs: readonly RecordedInput[]): Promise<void> {
  for (const group of groupsOf(inputs)) {
    for (const run of runsOfOneOrigin(await segmentsOf(deps, group))) {
      await deps.score(run.events, run.origin);
    }
  }
}

async function pauseBefore({ clock, pause }: RecoveryDeps, giveUpAt: number): Promise<void> {
  if (clock.now() > giveUpAt) throw new RecoveryError("the topics are not this process's to score");
  await pause(settlePollMs);
}

/** Whether a former owner can add to the order no more. */
function hasLanded({ lease, clock }: RecoveryDeps): boolean {
  const at = landedAt(lease);
  return at !== undefined && clock.now() > at;
}

/**
 * A snapshot only saves time: everything that it says follows from the recorded inputs. One that is damaged would
 * make detection silent or wrong, or end every start, so it is thrown away.
 */
async function usableSnapshot({ journal, isReadable, log, metrics }: RecoveryDeps) {
  const loaded = await journal.load();
  const isUsable = loaded.kind === "saved" && isReadable(loaded.rows);
  metrics.count("deskwatch_detect_snapshots_damaged_total", {}, isUsable ? 0 : 1);
  if (isUsable) return loaded;
  log.error("snapshot of detection damaged: every recorded input is scored again");
  await journal.discard();
  return { sequence: 0, rows: [] };
}

/** Cuts `inputs` where the sum of their lengths would pass `offsetsPerReadMax`. */
function groupsOf(inputs: readonly RecordedInput[]): RecordedInput[][] {
  const groups: RecordedInput[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const input of inputs) {
    const length = input.end - input.start;
    if (size + length > offsetsPerReadMax) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(input);
    size += length;
  }
  return groups;
}

/**
 * `group` with its events, in recorded order; one read per partition. A statement was stored before it was recorded, so
 * one that is not there was retired since, or is not part of the backup that was restored.
 */
async function segmentsOf(deps: RecoveryDeps, group: readonly RecordedInput[]) {
  const stored = new Map<string, ReadonlyMap<number, EngineInput>>();
  for (const [key, range] of spansOf(group)) {
    if (isStatementSource(range.source)) {
      const { verdicts, reads } = deps.statements;
      const isOfReads = range.partition === statementPartitions.reads;
      const placed = await (isOfReads ? reads : verdicts).within(range);
      stored.set(key, new Map(placed.map(({ offset, input }) => [offset, input])));
      continue;
    }
    await waitUntilSettled(deps, range, group);
    stored.set(key, await readStoredEvents(deps.reader, range));
  }
  return group.map((input) => ({
    origin: input.origin,
    events: eventsWithin(input, stored.get(partitionKey(input))),
  }));
}

function eventsWithin(
  { start, end }: RecordedInput,
  stored: ReadonlyMap<number, EngineInput> | undefined,
): EngineInput[] {
  const events: EngineInput[] = [];
  for (let offset = start; offset < end; offset += 1) {
    const event = stored?.get(offset);
    if (event !== undefined) events.push(event);
  }
  return events;
}

const partitionKey = ({ source, partition }: { source: string; partition: number }): string =>
  `${partition}@${source}`;

interface Span {
  readonly source: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

function spansOf(group: readonly RecordedInput[]): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>();
  for (const { source, partition, start, end } of group) {
    const key = partitionKey({ source, partition });
    const known = spans.get(key);
    spans.set(key, {
      source,
      partition,
      start: Math.min(start, known?.start ?? start),
      end: Math.max(end, known?.end ?? end),
    });
  }
  return spans;
}

/** An earlier version let two processes record the same offsets. */
function distinctOffsets(inputs: readonly RecordedInput[]): number {
  let offsets = 0;
  let counted = 0;
  for (const { start, end } of inputs.toSorted((a, b) => a.start - b.start)) {
    offsets += Math.max(0, end - Math.max(start, counted));
    counted = Math.max(counted, end);
  }
  return offsets;
}

/** Detection may have seen a record before ingest stored it; its outcome then appears shortly. */
async function waitUntilSettled(
  { reader, pause, log }: RecoveryDeps,
  span: Span,
  group: readonly RecordedInput[],
): Promise<void> {
  const own = group.filter((input) => partitionKey(input) === partitionKey(span));
  const expected = distinctOffsets(own);
  for (let waitedMs = 0; waitedMs <= settleMsMax; waitedMs += settlePollMs) {
    if ((await countSettled(reader, span)) >= expected) return;
    if (waitedMs === 0) log.warn({ expected }, "detection waits for ingest to store its inputs");
    await pause(settlePollMs);
  }
  throw new RecoveryError(
    "ingest has not stored what detection had already scored; is it running?",
  );
}
