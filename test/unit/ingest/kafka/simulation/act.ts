/**
 * A schedule: what happens to the simulated world, act by act.
 *
 * Every act carries its own choices as plain numbers, taken modulo what there is to choose from when its turn
 * comes. So any part of a schedule is a schedule, too, which is what shrinking needs.
 */

/** What becomes of a request. An insert, a commit and a query understand each in their own way. */
export const fates = [
  /** Done and answered. */
  "ok",
  /** Not done, and the answer is an error. */
  "lost",
  /** Done, and the answer is an error or a time-out all the same. */
  "taken",
  /** The client gives up, but the request is still on its way and may be done later. */
  "late",
  /** Begun: a query has its result and an insert has passed its deadline, but neither has ended. */
  "begun",
  /** As late, but an insert has passed its deadline already: it ends whenever, unless it is stopped. */
  "stuck",
  /** The database dies after it noted the token and before the rows are safe. */
  "token_only",
  /** The database dies after the rows are safe and before it noted the token. */
  "rows_only",
] as const;
export type Fate = (typeof fates)[number];

export type Act =
  | { readonly kind: "produce"; readonly partition: number; readonly records: number }
  | {
      readonly kind: "fetch";
      readonly member: number;
      readonly pick: number;
      readonly records: number;
    }
  /** Answers `count` requests of a member, oldest first; the last of them meets `fate`. */
  | {
      readonly kind: "serve";
      readonly member: number;
      readonly pick: number;
      readonly count: number;
      readonly fate: Fate;
    }
  /** A begun or late request reaches its end. */
  | { readonly kind: "land"; readonly pick: number }
  /** Time passes, and the timers of everybody who runs go off. */
  | { readonly kind: "pass"; readonly ms: number }
  | {
      readonly kind: "start";
      readonly member: number;
      readonly scale: number;
      readonly skew: number;
    }
  /** Dies before the n-th of its next calls to the outside; 0: at once. */
  | { readonly kind: "crash"; readonly member: number; readonly calls: number }
  /** A member's clock is put so far off what it showed at the start. */
  | { readonly kind: "set_clock"; readonly member: number; readonly offMs: number }
  /** SIGSTOP and SIGCONT. */
  | { readonly kind: "stop"; readonly member: number }
  | { readonly kind: "resume"; readonly member: number }
  /** The coordinator takes a silent member out of the group. */
  | { readonly kind: "evict"; readonly member: number }
  /** A member learns that the generation is over, and joins the next one. */
  | { readonly kind: "rejoin"; readonly member: number }
  | { readonly kind: "drain"; readonly member: number }
  | { readonly kind: "leave"; readonly member: number }
  /** Retention removes the beginning of a log. */
  | { readonly kind: "cut"; readonly partition: number; readonly offsets: number }
  /** Everybody is down for so long that committed offsets expire. */
  | { readonly kind: "expire" }
  /** Everybody is down, and the database is put back to what it held so many inserts ago. */
  | { readonly kind: "restore"; readonly inserts: number };

export interface Schedule {
  readonly seed: number;
  readonly partitions: number;
  readonly acts: readonly Act[];
}

export const membersMax = 3;
