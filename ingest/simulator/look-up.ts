/** The ways in which an agent comes to a customer's record, each as the console logs it. */
import type { SearchField, SearchKind, SubjectType } from "../vocabulary/event.ts";
import { access, type Floor, type Worker } from "./floor.ts";
import { mistyped } from "./identity.ts";
import type { SubjectPlace } from "./population.ts";
import { pickWeighted } from "./random.ts";
import type { AccessDetail, WireJustification, WireSubjectRef } from "./wire-event.ts";

/** A console's screen time between two steps: seconds, long-tailed. */
export const screenMs = (floor: Floor) =>
  1_500 + floor.random.exponential(9_000) * floor.random.logNormal(0.6);

/** What may accompany an access; absent when the agent works beside the ticket. */
export type Why = { readonly justification?: WireJustification };

const searchKinds: readonly { kind: SearchKind; weight: number }[] = [
  { kind: "exact", weight: 68 },
  { kind: "free_text", weight: 12 },
  { kind: "prefix", weight: 10 },
  { kind: "filter", weight: 7 },
  { kind: "wildcard", weight: 3 },
];

export interface LookUp {
  readonly place: SubjectPlace;
  readonly at: number;
  readonly why: Why;
}

/**
 * Searches for one customer: mostly by the exact identifier, now and then mistyped at first.
 * Returns when the agent sees the result, epoch milliseconds.
 */
export function search(floor: Floor, worker: Worker, { place, at, why }: LookUp): number {
  const { random, desk } = floor;
  const subject = desk.population.refOf(place);
  const { kind } = pickWeighted(random, searchKinds);
  if (kind !== "exact") {
    access(floor, worker.actor, at, { ...broadSearch(floor, kind, place), ...why });
    return at + screenMs(floor);
  }
  let shownAt = at;
  if (random.chance(0.09)) {
    const wrong = mistyped(subject, random.below(1_000_000));
    access(floor, worker.actor, at, {
      action: "search",
      outcome: "not_found",
      search: { kind, field: subject.type },
      subjects: [wrong],
      result_count: 0,
      ...why,
    });
    shownAt = at + 2_000 + random.exponential(6_000);
  }
  access(floor, worker.actor, shownAt, { ...exactSearch(subject), ...why });
  return shownAt + screenMs(floor);
}

export function exactSearch(subject: WireSubjectRef): AccessDetail {
  return {
    action: "search",
    search: { kind: "exact", field: subject.type },
    subjects: [subject],
    result_count: 1,
  };
}

const fieldOf: Readonly<Record<SubjectType, SearchField>> = {
  phone: "phone",
  email: "email",
  account: "account",
  username: "name",
};

/** A search that shows whoever fits: the customer and a few others of the same organisation. */
function broadSearch(floor: Floor, kind: SearchKind, { tenant, rank }: SubjectPlace): AccessDetail {
  const { random, desk } = floor;
  const subject = desk.population.refOf({ tenant, rank });
  const others = desk.population.drawPage(random, tenant, random.geometric(0.55));
  const subjects = [subject, ...others.filter(({ id }) => id !== subject.id)];
  return {
    action: "search",
    search: { kind, field: kind === "free_text" ? "name" : fieldOf[subject.type] },
    subjects,
    result_count: subjects.length,
    fields: ["name", "email"],
  };
}

/** A page of records of the customer's organisation that the agent did not ask for one by one. */
export function list(floor: Floor, worker: Worker, { place, at, why }: LookUp): number {
  const { random, desk } = floor;
  const rows = Math.min(50, 2 + Math.floor(random.exponential(7)));
  const subjects = desk.population.drawPage(random, place.tenant, rows);
  access(floor, worker.actor, at, {
    action: "list",
    subjects,
    result_count: subjects.length,
    fields: ["name", "email"],
    ...why,
  });
  return at + screenMs(floor);
}
