/**
 * The canaries and the watch list: raw identifiers in an operator's file, tokens from here on.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Tokenizer } from "../ingest/pipeline/tokenizer.ts";
import { tenantId } from "../ingest/vocabulary/brand.ts";
import { subjectTypes } from "../ingest/vocabulary/event.ts";
import type { ListedSubject } from "./engine/subject-list.ts";

const listedSubject = z.object({
  type: z.enum(subjectTypes),
  id: z.string().min(1).max(256),
  tenant: z.string().min(1).max(256).nullish(),
});

const listsDocument = z.looseObject({
  canary_subjects: z.array(listedSubject).default([]),
  watchlist_subjects: z.array(listedSubject).default([]),
  disabled_detectors: z.array(z.string()).default([]),
});

const knownKeys = new Set(["canary_subjects", "watchlist_subjects", "disabled_detectors"]);

export interface SubjectLists {
  readonly canaries: readonly ListedSubject[];
  readonly watchlist: readonly ListedSubject[];
  /** Ids of detectors that must not run. */
  readonly disabledDetectors: readonly string[];
  /** Keys of the document that mean nothing here: a misspelt list would watch nobody. */
  readonly ignoredKeys: readonly string[];
}

export const emptyLists: SubjectLists = {
  canaries: [],
  watchlist: [],
  disabledDetectors: [],
  ignoredKeys: [],
};

/** The file cannot be read as lists. Names the place in the document, never a value. */
export class SubjectListsError extends Error {
  readonly code = "config.subject_lists";
}

/**
 * Reads a JSON document with `canary_subjects` and `watchlist_subjects`, each `{type, id, tenant?}`; other
 * keys are ignored and named. Throws `SubjectListsError`.
 */
export function readSubjectLists(path: string, tokenizer: Tokenizer): SubjectLists {
  const parsed = listsDocument.safeParse(documentAt(path));
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new SubjectListsError(`subject lists ${path} refused: ${places.join("; ")}`);
  }
  const tokenised = (rows: readonly z.infer<typeof listedSubject>[]): ListedSubject[] =>
    rows.map(({ type, id, tenant }) => ({
      token: tokenizer.identify(type, id).token,
      tenant: tenant === undefined || tenant === null ? undefined : tenantId(tenant),
    }));
  return {
    canaries: tokenised(parsed.data.canary_subjects),
    watchlist: tokenised(parsed.data.watchlist_subjects),
    disabledDetectors: parsed.data.disabled_detectors,
    ignoredKeys: Object.keys(parsed.data).filter((key) => !knownKeys.has(key)),
  };
}

function documentAt(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new SubjectListsError(`subject lists ${path}: expected a readable JSON file`, {
      cause: error,
    });
  }
}
