/** A stream of events with what really happened in it and what its operator had listed. */
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import type { ListedSubject } from "../engine/subject-list.ts";
import type { Truth } from "./truth.ts";

export interface LabelledStream {
  /** In the order in which they are played. */
  readonly events: readonly ConsoleEvent[];
  readonly truth: Truth;
  readonly canaries: readonly ListedSubject[];
  readonly watchlist: readonly ListedSubject[];
}
