/**
 * A change of detection's parameters or rules holds from the start of the process on, and for nothing before: every input is
 * scored under those that held when it was recorded, also where a kill makes it be scored twice.
 *
 * So every snapshot carries the plan under which what is recorded after it is scored. A start that finds others
 * there first brings an engine with the former ones to the end of the recorded inputs and takes a snapshot of it,
 * which carries the new ones. What was learnt stays; only where no snapshot can be used is everything that is recorded
 * scored under the parameters of one engine.
 */
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import type { Engine } from "../engine/engine.ts";
import {
  type DetectionPlan,
  digestOfPlan,
  parsePlan,
  printPlan,
} from "../parameters/detection-plan.ts";
import type { EngineJournal } from "./engine-journal.ts";

const planKey = "plan";

/** The journal whose snapshots say that what follows is scored under `plan`. */
export function journalUnder(plan: DetectionPlan, journal: EngineJournal): EngineJournal {
  const row = { key: planKey, state: printPlan(plan) };
  return {
    ...journal,
    save: (pieces, sequence, now) => journal.save(followedBy(pieces, [row]), sequence, now),
  };
}

/** Lazily: the pieces of a snapshot are printed as they are taken. */
function* followedBy<Piece>(pieces: Iterable<Piece>, last: Piece): Generator<Piece> {
  yield* pieces;
  yield last;
}

type Recover = (engine: Engine, under: DetectionPlan, journal: EngineJournal) => Promise<number>;

export interface Resumption {
  readonly plan: DetectionPlan;
  readonly engineUnder: (plan: DetectionPlan) => Engine;
  /** One that has neither loaded nor saved. */
  readonly openJournal: () => EngineJournal;
  readonly recover: Recover;
  readonly now: () => EpochMs;
  /** Told of the digests of the former and the present plan. */
  readonly onChange: (former: string, present: string) => void;
  /** A saved plan cannot be read: what was recorded under it since the last snapshot is scored under the present one. */
  readonly onUnreadable: () => void;
}

export interface Resumed {
  readonly journal: EngineJournal;
  /** Newest recorded input, which the engine has scored. */
  readonly sequence: number;
}

/** Brings `engine`, which is fresh and has `plan`, to the end of the recorded inputs. */
export async function resume(engine: Engine, given: Resumption): Promise<Resumed> {
  const { plan, openJournal, recover, now } = given;
  const state = await openJournal().savedUnder(planKey);
  const former = state === undefined ? undefined : parsePlan(state);
  if (state !== undefined && former === undefined) given.onUnreadable();
  if (former !== undefined && digestOfPlan(former) !== digestOfPlan(plan)) {
    given.onChange(digestOfPlan(former), digestOfPlan(plan));
    const other = given.engineUnder(former);
    const journal = journalUnder(plan, openJournal());
    const sequence = await recover(other, former, journal);
    await journal.save(other.snapshotPieces(), sequence, now());
  }
  const journal = journalUnder(plan, openJournal());
  const sequence = await recover(engine, plan, journal);
  if (former === undefined) await journal.save(engine.snapshotPieces(), sequence, now());
  return { journal, sequence };
}
