/** The subject lists that the configuration names. */
import {
  type DetectionPlan,
  type ListsParameter,
  refuseUnknownDisabled,
} from "../detectors/parameters/detection-plan.ts";
import { emptyLists, readSubjectLists, type SubjectLists } from "../detectors/subject-lists.ts";
import { parseKey } from "../ingest/pipeline/key.ts";
import { createTokenizer } from "../ingest/pipeline/tokenizer.ts";
import type { Config } from "../ingest/runtime/settings.ts";
import type { Output } from "./output.ts";

export interface ListsContext {
  readonly config: Pick<Config, "subjectListsFile" | "tokenKey">;
  readonly output: Pick<Output, "note">;
  /** Absent: the setting's. */
  readonly listsParameter?: ListsParameter;
}

/** Throws `SubjectListsError`, `ConfigError` or `KeyError`. */
export function configuredLists(context: ListsContext, plan: DetectionPlan): SubjectLists {
  const { config, output, listsParameter = "DESKWATCH_SUBJECT_LISTS_FILE" } = context;
  if (config.subjectListsFile === "") return emptyLists;
  const tokenizer = createTokenizer(parseKey("DESKWATCH_TOKEN_KEY", config.tokenKey));
  const lists = readSubjectLists(config.subjectListsFile, tokenizer);
  refuseUnknownDisabled(plan, listsParameter, lists);
  if (lists.ignoredKeys.length > 0) {
    output.note(`subject lists: ignored ${lists.ignoredKeys.join(", ")}`);
  }
  return lists;
}
