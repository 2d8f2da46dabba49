/** What detection is fed with, in one recorded order. */
import type { AccessEvent, ConsoleEvent } from "../ingest/vocabulary/event.ts";
import type { Verdict } from "./verdict.ts";

/** What somebody asked through the service's own API, told as the access that it is. */
export interface ReadInput {
  readonly kind: "read";
  readonly access: AccessEvent;
}

export type EngineInput = ConsoleEvent | Verdict | ReadInput;
