/**
 * How a record becomes an outcome, step by step:
 *
 *   decode     bytes → event | dead letter | skip; raw identifiers → tokens        decode.ts
 *   settle     same id at another place → skip; with other content → dead letter   duplicates.ts
 *   guard      too many dead letters → stop                                        letter-guard.ts
 *
 * Storing an outcome is the audit store's part; nothing here writes.
 */
import { mapInTurns } from "../runtime/turns.ts";
import type { RawRecord } from "../vocabulary/outcome.ts";
import type { PositionedOutcome } from "./audit-store.ts";
import { type DecodeContext, decodeRecord } from "./decode.ts";
import type { Duplicates } from "./duplicates.ts";

export interface PipelineSteps {
  readonly decoding: DecodeContext;
  readonly duplicates: Pick<Duplicates, "settle" | "release">;
  readonly guard: (outcomes: readonly PositionedOutcome[]) => void;
}

/**
 * Records decoded at one go, some milliseconds. Between two goes the process answers others: the insert of the
 * batch before goes on from table to table, requests are served.
 */
const recordsPerTurn = 500;

export async function decideOutcomes(
  records: readonly RawRecord[],
  { decoding, duplicates, guard }: PipelineSteps,
): Promise<readonly PositionedOutcome[]> {
  const decoded = await mapInTurns(records, recordsPerTurn, (record): PositionedOutcome => {
    const { position, value: bytes } = record;
    return { position, outcome: record.decoded ?? decodeRecord(record, decoding), bytes };
  });
  const settled = await duplicates.settle(decoded);
  try {
    guard(settled);
  } catch (error) {
    duplicates.release(settled);
    throw error;
  }
  return settled;
}
