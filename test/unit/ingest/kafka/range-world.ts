/**
 * A simulated broker, group coordinator and database around the pure step: records arrive, commits and inserts
 * fail, are cut short, or land late; members die, stall and come back; old records vanish. One seed, one story.
 *
 * The database knows no insert tokens and the read-back stops no running insert: only announcements, deadlines
 * and reconciliation keep rows from being lost or doubled here.
 */
import { formatNote, landedBy, parseNote } from "../../../../ingest/kafka/intent.ts";
import { initialState } from "../../../../ingest/kafka/range-buffer.ts";
import type { Buffered, Effect, PartitionState } from "../../../../ingest/kafka/range-state.ts";
import { step } from "../../../../ingest/kafka/range-step.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";
import {
  type Commit,
  type Insert,
  limitsOf,
  type Task,
  type Told,
  type Write,
} from "./range-tasks.ts";
import { seeded } from "./seeded-random.ts";

const offsetsMax = 120;
const tableCount = 2;

export interface Verdict {
  /** Stored rows by table and offset. */
  readonly tables: readonly ReadonlyMap<number, number>[];
  readonly low: number;
  readonly high: number;
  readonly committed: Committed;
  readonly failures: readonly string[];
  readonly hasDrained: boolean;
}

interface Committed {
  offset: number | undefined;
  metadata: string;
  wasReset: boolean;
}

export function runStory(seed: number, steps: number): Verdict {
  const random = seeded(seed);
  const upTo = (max: number): number => Math.floor(random() * (max + 1));
  const chance = (share: number): boolean => random() < share;
  const exists = (offset: number): boolean => (offset * 7 + seed) % 11 !== 0;
  const tables = Array.from({ length: tableCount }, () => new Map<number, number>());
  const committed: Committed = { offset: undefined, metadata: "", wasReset: false };
  const failures: string[] = [];
  let now = 1_000;
  let [low, high, epoch, cursor] = [0, 0, 0, 0];
  let isCalm = false;
  let hasDrained = false;
  let state: PartitionState<Buffered> = initialState();
  let limits = limitsOf(1);
  let tasks: Task[] = [];
  let flying: Insert[] = [];

  function tell(event: Told): void {
    const stepped = step(state, { ...event, now: epochMs(now) }, limits);
    state = stepped.state;
    for (const effect of stepped.effects) performers[effect.kind](effect as never);
  }

  const performers: { readonly [Kind in Effect<Buffered>["kind"]]: (effect: never) => void } = {
    pause: () => undefined,
    resume: () => undefined,
    count_gap: () => undefined,
    halt: () => undefined,
    read_committed: () => tasks.push({ kind: "ask", epoch }),
    commit: (commit: Commit) => tasks.push({ kind: "commit", epoch, commit }),
    write: (write: Write) => tasks.push({ kind: "write", epoch, write, inserts: undefined }),
    seek: ({ offset }: Extract<Effect<Buffered>, { kind: "seek" }>) => {
      cursor = offset;
    },
    fail: ({ code }: Extract<Effect<Buffered>, { kind: "fail" }>) => failures.push(code),
    drained: () => {
      hasDrained = true;
    },
  };

  const answer = (task: Task, event: Told): void => {
    tasks = tasks.filter((other) => other !== task);
    if (task.epoch === epoch) tell(event);
  };

  function fetch(): void {
    if (state.isPaused || state.phase.kind === "unassigned") return;
    if (cursor < low) {
      // kafkajs answers an offset out of range with a commit of its own that says nothing.
      Object.assign(committed, { offset: undefined, metadata: "", wasReset: true });
      cursor = low;
    }
    const end = Math.min(high, cursor + 1 + upTo(9));
    if (end <= cursor) return;
    const offsets = range(cursor, end).filter(exists);
    const first = offsets[0] ?? end;
    cursor = end;
    tell({
      kind: "read",
      records: offsets.map((offset) => ({ offset, bytes: 1 + upTo(20) })),
      end,
      low: first > state.readEnd ? low : 0,
    });
  }

  function assign(): void {
    epoch += 1;
    tell({ kind: "revoked" });
    // A dead member answers nothing; a stalled one goes on until it looks at its epoch.
    if (chance(0.5)) tasks = [];
    if (chance(0.3)) limits = limitsOf(1 + upTo(2));
    state = initialState();
    tell({ kind: "assigned" });
  }

  function settleCommit(task: Extract<Task, { kind: "commit" }>): void {
    const isOwner = task.epoch === epoch;
    const isLost = !isCalm && chance(0.08);
    const isTaken = isOwner && !(isLost && chance(0.5));
    if (isTaken) {
      const { offset, note } = task.commit;
      Object.assign(committed, { offset, metadata: formatNote(note), wasReset: false });
    }
    if (isLost) answer(task, { kind: "commit_failed", outcome: "unknown" });
    else if (isOwner) answer(task, { kind: "commit_accepted" });
    else answer(task, { kind: "commit_failed", outcome: "fenced" });
  }

  const missing = ({ range: { start, end } }: Write): Insert[] =>
    tables.map((rows, table) => ({
      table,
      offsets: range(start, end).filter((offset) => !rows.has(offset)),
      deadline: epochMs(0),
      hasLanded: false,
    }));

  function startWrite(task: Extract<Task, { kind: "write" }>): void {
    const { write } = task;
    if (task.epoch !== epoch) {
      tasks = tasks.filter((other) => other !== task);
      return;
    }
    const absent = missing(write).filter(({ offsets }) => offsets.length > 0);
    const isReconcile = write.mode === "reconcile";
    if (isReconcile && absent.length === 0) {
      answer(task, { kind: "written" });
      return;
    }
    if (isReconcile && now < landedBy(write.range)) {
      answer(task, { kind: "write_deferred" });
      return;
    }
    const whole = range(write.range.start, write.range.end);
    const rows = isReconcile ? absent : tables.map((_, table) => ({ table, offsets: whole }));
    task.inserts = rows.map(({ table, offsets }) => ({
      table,
      offsets,
      deadline: write.deadline,
      hasLanded: false,
    }));
    flying.push(...task.inserts);
  }

  function finishWrite(task: Extract<Task, { kind: "write" }>, inserts: readonly Insert[]): void {
    const isLost = !isCalm && chance(0.1);
    if (isLost && chance(0.5)) flying = flying.filter((insert) => !inserts.includes(insert));
    const isRefused = inserts.some((insert) => !insert.hasLanded && now > insert.deadline);
    if (isLost || isRefused) answer(task, { kind: "write_failed" });
    else if (inserts.every(({ hasLanded }) => hasLanded)) answer(task, { kind: "written" });
  }

  const storedEnd = (): number =>
    Math.max(0, ...tables.flatMap((rows) => [...rows.keys()].map((offset) => offset + 1)));

  const whatIsCommitted = (): Told => {
    const { offset, metadata, wasReset } = committed;
    return {
      kind: "committed",
      offset,
      ...parseNote(metadata),
      wasReset,
      low,
      high,
      storedEnd: storedEnd(),
    };
  };

  function work(): void {
    const task = tasks[upTo(tasks.length - 1)];
    if (task !== undefined) perform(task);
  }

  function perform(task: Task): void {
    if (task.kind === "ask") answer(task, whatIsCommitted());
    else if (task.kind === "commit") settleCommit(task);
    else if (task.inserts !== undefined) finishWrite(task, task.inserts);
    else if (now > task.write.deadline - startMsMin) answer(task, { kind: "write_unstarted" });
    else startWrite(task);
  }

  function land(): void {
    const insert = flying[upTo(flying.length - 1)];
    if (insert === undefined) return;
    flying = flying.filter((other) => other !== insert);
    if (now > insert.deadline) return;
    insert.hasLanded = true;
    const rows = tables[insert.table];
    for (const offset of insert.offsets) rows?.set(offset, (rows.get(offset) ?? 0) + 1);
  }

  function pass(): void {
    now += upTo(chance(0.05) ? 3_000 : 60);
    tell({ kind: "tick" });
  }

  function disturb(): void {
    if (chance(0.04)) assign();
    if (chance(0.004)) low = Math.max(low, upTo(Math.max(0, high - 1)));
    if (chance(0.004)) expire();
  }

  /** The group rests so long that its offsets expire; nothing of it runs any more. */
  function expire(): void {
    flying = [];
    tasks = [];
    Object.assign(committed, { offset: undefined, metadata: "", wasReset: false });
    assign();
  }

  function produceSome(): void {
    high = Math.min(offsetsMax, high + upTo(4));
  }

  const acts = [produceSome, fetch, fetch, work, work, land, pass, pass];
  assign();
  for (let turn = 0; turn < steps; turn += 1) {
    acts[upTo(acts.length - 1)]?.();
    disturb();
  }
  isCalm = true;
  const turnsMax = 20_000;
  for (let turn = 0; turn < turnsMax && !isDone(); turn += 1) {
    for (const act of [fetch, work, land, pass]) act();
  }
  tell({ kind: "drain" });
  return { tables, low, high, committed, failures, hasDrained };

  function isDone(): boolean {
    return state.phase.kind === "idle" && state.confirmed === high && tasks.length === 0;
  }
}

/** Of a write that is worth its start. Milliseconds. */
const startMsMin = 1_000;

const range = (start: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
