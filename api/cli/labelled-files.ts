/** A labelled stream from files: events decoded and tokenised in memory, the truth, the lists. */
import type { LabelledStream } from "../../detectors/evaluation/labelled-stream.ts";
import { readTruth } from "../../detectors/evaluation/truth.ts";
import { emptyLists, readSubjectLists, type SubjectLists } from "../../detectors/subject-lists.ts";
import { mergedBatches } from "../../ingest/files/merge.ts";
import { decodeRecord } from "../../ingest/pipeline/decode.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import type { Context } from "../context.ts";
import { throwAwayKeys } from "./own-keys.ts";

export interface LabelledFiles {
  readonly events: readonly string[];
  readonly truth: string;
  /** JSON with `canary_subjects` and `watchlist_subjects`; empty: none. */
  readonly lists: string;
  /** Epoch milliseconds; wins over the truth's own start of the test. */
  readonly testFrom: number | undefined;
}

export interface ReadStream extends LabelledStream, Pick<SubjectLists, "disabledDetectors"> {
  /** Records that are no events. */
  readonly refused: number;
}

/**
 * The events are merged by time like those of `replay`; what arrived late in a file stays late. Nothing is
 * stored, so the tokens are made with a key that everybody knows. Throws `FileError`, `TruthError`,
 * `SubjectListsError`.
 */
export async function readLabelledFiles(
  { config, clock }: Pick<Context, "config" | "clock">,
  files: LabelledFiles,
): Promise<ReadStream> {
  const truth = readTruth(files.truth, files.testFrom);
  const tokenizer = createTokenizer(parseKey("the evaluation's key", throwAwayKeys.tokenKey));
  const lists = files.lists === "" ? emptyLists : readSubjectLists(files.lists, tokenizer);
  const sources = files.events.map((path, n) => ({ path, source: `file:${n}`, bytes: 0 }));
  const decoding = {
    tokenizer,
    clock,
    recordBytesMax: config.recordBytesMax,
    kindOf: () => undefined,
  };
  const events: ConsoleEvent[] = [];
  let refused = 0;
  for await (const { records } of mergedBatches(sources, config)) {
    for (const record of records) {
      const outcome = decodeRecord(record, decoding);
      if (outcome.kind === "event") events.push(outcome.event);
      else refused += 1;
    }
  }
  return { ...lists, events, truth, refused };
}
