/** Puts on record what is asked: many questions at once, and one that is asked again and again once a minute. */
import { type StatementWriter, statementsAtOnceMax } from "../../ingest/ledger/statement.ts";
import { createRecentMap } from "../../ingest/pipeline/recent-map.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import type { Read } from "./read-store.ts";

/**
 * Resolves when the read is part of the ledger; rejects with `clickhouse.*` when that is not known, and with
 * `reads.too_many`.
 */
type RecordRead = (read: Read) => Promise<void>;

/** More than requests are answered at a time: a caller who hangs up leaves its question behind. */
export const readsWaitingMax = 1_024;

/** So many questions wait to be put down that no further one is taken. */
export class ReadsError extends Error {
  readonly code = "reads.too_many";
}

/**
 * The same question of the same key within this time is on record once: whoever waits for an alert to change asks many
 * times a second. Milliseconds.
 */
const askedAgainMs = 60_000;
/** Questions that are remembered for it; beyond them one is put on record again. */
const rememberedMax = 4_096;

export function createReadRecorder(statements: Pick<StatementWriter, "appendAll">): RecordRead {
  const put = createLots(statements);
  const recent = createRecentMap<string, { readonly at: number; readonly done: Promise<void> }>(
    rememberedMax,
  );
  return (read) => {
    const question = JSON.stringify(valuesOf({ ...read, requestId: "", at: epochMs(0) }));
    const known = recent.get(question);
    const isAgain = known !== undefined && Math.abs(read.at - known.at) < askedAgainMs;
    if (isAgain) return known.done;
    const done = put(read);
    recent.set(question, { at: read.at, done });
    done.catch(() => {
      if (recent.get(question)?.done === done) recent.delete(question);
    });
    return done;
  };
}

/** Requests that come together are put down together: while one lot is written, the next gathers. */
function createLots(statements: Pick<StatementWriter, "appendAll">): RecordRead {
  let waiting: Waiting[] = [];
  let isWriting = false;
  const write = async (lot: readonly Waiting[]): Promise<void> => {
    try {
      const rows = lot.map(({ read }) => valuesOf(read));
      await statements.appendAll("reads", rows);
      for (const { resolve } of lot) resolve();
    } catch (error) {
      for (const { reject } of lot) reject(error);
    }
  };
  const writeAll = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length > 0) {
      const lot = waiting.slice(0, statementsAtOnceMax);
      waiting = waiting.slice(statementsAtOnceMax);
      await write(lot);
    }
    isWriting = false;
  };
  return (read) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= readsWaitingMax) throw new ReadsError("too many questions wait");
      waiting.push({ read, resolve, reject });
      if (!isWriting) void writeAll();
    });
}

interface Waiting {
  readonly read: Read;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

const valuesOf = (read: Read): readonly unknown[] => [
  read.requestId,
  read.at,
  read.principal,
  read.role,
  read.route,
  read.agentIds,
  read.sessionIds,
  read.subjectTokens,
  read.tenants,
  read.alertId,
  read.from,
  read.to,
  read.reason,
  read.incidentId,
];
