/** A labelled stream from files: events decoded and tokenised in memory, the truth, the lists. */
import type { LabelledStream } from "../../detectors/evaluation/labelled-stream.ts";
import { readTruth } from "../../detectors/evaluation/truth.ts";
import { emptyLists, readSubjectLists, type SubjectLists } from "../../detectors/subject-lists.ts";
import { mergedBatches } from "../../ingest/files/merge.ts";
import { decodeRecord } from "../../ingest/pipeline/decode.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer, type Tokenizer } from "../../ingest/pipeline/tokenizer.ts";
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
  const events: ConsoleEvent[] = [];
  const refused = await eachEventOf(files.events, { config, clock, tokenizer }, (event) => {
    events.push(event);
  });
  return { ...lists, events, truth, refused };
}

interface Decoding extends Pick<Context, "config" | "clock"> {
  readonly tokenizer: Tokenizer;
}

/** Hands over the files' events, merged by time; the number of records that are none. */
export async function eachEventOf(
  paths: readonly string[],
  { config, ...decoding }: Decoding,
  take: (event: ConsoleEvent) => void,
): Promise<number> {
  const sources = paths.map((path, n) => ({ path, source: `file:${n}`, bytes: 0 }));
  const { recordBytesMax } = config;
  let refused = 0;
  for await (const { records } of mergedBatches(sources, config)) {
    for (const record of records) {
      const context = { ...decoding, recordBytesMax, kindOf: () => undefined };
      const outcome = decodeRecord(record, context);
      if (outcome.kind === "event") take(outcome.event);
      else refused += 1;
    }
  }
  return refused;
}
