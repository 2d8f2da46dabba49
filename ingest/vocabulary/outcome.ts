/**
 * What became of one input record. Every offset of every source leaves exactly one outcome: that is what
 * lets a read-back say "nothing lost, nothing doubled".
 */

import type { SubjectToken } from "./brand.ts";
import type { ConsoleEvent, SubjectType } from "./event.ts";

/** Where a record came from. (source, partition, offset) names one record for ever. */
export interface Position {
  /** `kafka:<topic>` or `file:<first 32 hex digits of the content's SHA-256>`. */
  readonly source: string;
  readonly partition: number;
  /** Kafka offset, or the 0-based line of a file. */
  readonly offset: number;
}

/** A record that cannot become an event; its bytes are kept. Closed, so that it can be a metric label. */
export const deadLetterReasons = [
  "invalid_json",
  "wrong_kind",
  "unknown_enum",
  "missing_field",
  "invalid_field",
  "invalid_time",
  "future_time",
  "too_large",
  "too_many_subjects",
  "id_conflict",
  "unknown_codec",
  "invalid_envelope",
] as const;
export type DeadLetterReason = (typeof deadLetterReasons)[number];

/** A record that adds nothing; its bytes are not kept. */
export const skipReasons = ["duplicate", "tombstone", "no_record"] as const;
export type SkipReason = (typeof skipReasons)[number];

/** The raw identifier behind a token, in memory only until it is sealed. Never logged, never printed. */
export interface Identity {
  readonly token: SubjectToken;
  readonly type: SubjectType;
  /** E.164 for a phone, lower case for e-mail and user names. */
  readonly canonicalId: string;
}

export type Outcome =
  | {
      readonly kind: "event";
      readonly event: ConsoleEvent;
      readonly identities: readonly Identity[];
    }
  | {
      readonly kind: "dead_letter";
      readonly reason: DeadLetterReason;
      /** Which field and what was expected; never a value of the record. */
      readonly detail: string;
    }
  | { readonly kind: "skip"; readonly reason: SkipReason };

/** One record as a source hands it over, before decoding. */
export interface RawRecord {
  readonly position: Position;
  /** `null`: a Kafka tombstone. */
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** What decoding made of the same bytes already; absent: nobody has decoded them yet. */
  readonly decoded?: Outcome;
}

export const deadLetter = (reason: DeadLetterReason, detail: string): Outcome => ({
  kind: "dead_letter",
  reason,
  detail,
});

export const skip = (reason: SkipReason): Outcome => ({ kind: "skip", reason });

/** Another event has the id of this one. */
export const idConflict = deadLetter("id_conflict", "event_id: the id of another event");
