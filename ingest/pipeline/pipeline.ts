/**
 * How a record becomes an outcome, step by step:
 *
 *   decode     bytes → event | dead letter | skip; raw identifiers → tokens        decode.ts
 *   settle     same id at another place → skip; with other content → dead letter   duplicates.ts
 *   guard      too many dead letters → stop                                        letter-guard.ts
 *
 * Storing an outcome is the audit store's part; nothing here writes.
 */
import type { RawRecord } from "../vocabulary/outcome.ts";
import type { PositionedOutcome } from "./audit-store.ts";
import { type DecodeContext, decodeRecord } from "./decode.ts";
import type { Duplicates } from "./duplicates.ts";

export interface PipelineSteps {
  readonly decoding: DecodeContext;
  readonly duplicates: Pick<Duplicates, "settle">;
  readonly guard: (outcomes: readonly PositionedOutcome[]) => void;
}

export async function decideOutcomes(
  records: readonly RawRecord[],
  { decoding, duplicates, guard }: PipelineSteps,
): Promise<readonly PositionedOutcome[]> {
  const decoded = records.map((record) => ({
    position: record.position,
    outcome: decodeRecord(record, decoding),
    bytes: record.value,
  }));
  const settled = await duplicates.settle(decoded);
  guard(settled);
  return settled;
}
