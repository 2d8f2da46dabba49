/**
 * A change of detection's parameters holds from the start of the process on, and for nothing before: every input is
 * scored under the parameters that held when it was recorded, also where a kill makes it be scored twice.
 *
 * So every snapshot carries the parameters under which what is recorded after it is scored. A start that finds others
 * there first brings an engine with the former ones to the end of the recorded inputs and takes a snapshot of it,
 * which carries the new ones. What was learnt stays; only where no snapshot can be used is everything that is recorded
 * scored under the parameters of one engine.
 */
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import type { Engine } from "../engine/engine.ts";
import {
  type DetectionParameters,
  detectionParametersSchema,
} from "../parameters/detection-parameters.ts";
import { digestOf } from "../parameters/parameter-print.ts";
import type { EngineJournal } from "./engine-journal.ts";

const parametersKey = "parameters";

/** The journal whose snapshots say that what follows is scored under `parameters`. */
export function journalUnder(
  parameters: DetectionParameters,
  journal: EngineJournal,
): EngineJournal {
  const row = { key: parametersKey, state: JSON.stringify(parameters) };
  return {
    ...journal,
    save: (rows, sequence, now) => journal.save([...rows, row], sequence, now),
  };
}

type Recover = (
  engine: Engine,
  under: DetectionParameters,
  journal: EngineJournal,
) => Promise<number>;

export interface Resumption {
  readonly parameters: DetectionParameters;
  readonly engineUnder: (parameters: DetectionParameters) => Engine;
  /** One that has neither loaded nor saved. */
  readonly openJournal: () => EngineJournal;
  readonly recover: Recover;
  readonly now: () => EpochMs;
  /** Told of the digests of the former and the present parameters. */
  readonly onChange: (former: string, present: string) => void;
}

export interface Resumed {
  readonly journal: EngineJournal;
  /** Newest recorded input, which the engine has scored. */
  readonly sequence: number;
}

/** Brings `engine`, which is fresh and has `parameters`, to the end of the recorded inputs. */
export async function resume(engine: Engine, given: Resumption): Promise<Resumed> {
  const { parameters, openJournal, recover, now } = given;
  const state = await openJournal().savedUnder(parametersKey);
  const former = state === undefined ? undefined : parametersIn(state);
  if (former !== undefined && digestOf(former) !== digestOf(parameters)) {
    given.onChange(digestOf(former), digestOf(parameters));
    const other = given.engineUnder(former);
    const journal = journalUnder(parameters, openJournal());
    const sequence = await recover(other, former, journal);
    await journal.save(other.snapshotDirty(), sequence, now());
  }
  const journal = journalUnder(parameters, openJournal());
  const sequence = await recover(engine, parameters, journal);
  if (former === undefined) await journal.save(engine.snapshotDirty(), sequence, now());
  return { journal, sequence };
}

/** undefined: of a version that had others; what is recorded since is scored under the present ones. */
function parametersIn(state: string): DetectionParameters | undefined {
  try {
    return detectionParametersSchema.safeParse(JSON.parse(state)).data;
  } catch {
    return undefined;
  }
}
