/** The steps that stories are made of: a moment in somebody's session, and what is done in it. */
import { dayMs, minuteMs } from "../calendar.ts";
import { exactSearch } from "../look-up.ts";
import type { Stage } from "../misuse.ts";
import type { SubjectPlace, Tenant } from "../population.ts";
import { pick } from "../random.ts";
import type { DeskAgent } from "../roster.ts";
import type { AccessDetail, Actor, WireSubjectRef } from "../wire-event.ts";
import type { WorkedShift } from "../worklog.ts";

/** Where in a session somebody is; moves on as things are done. */
export interface Moment {
  readonly actor: Actor;
  offsetMs: number;
  /** A ticket that the agent is at work on, to cite. */
  readonly ticketId?: string;
}

type Fields = AccessDetail["fields"];

/** Opens one record. */
export function view(stage: Stage, moment: Moment, subject: WireSubjectRef, fields?: Fields): void {
  doNext(stage, moment, {
    action: "view",
    subjects: [subject],
    result_count: 1,
    fields: fields ?? ["name", "email", "phone"],
  });
}

/** Searches for one subject by its exact identifier. */
export function searchFor(stage: Stage, moment: Moment, subject: WireSubjectRef): void {
  doNext(stage, moment, exactSearch(subject));
}

/** Does one thing, citing the moment's ticket if it has one; then some seconds pass. */
export function doNext(stage: Stage, moment: Moment, detail: AccessDetail): void {
  const { ticketId } = moment;
  const cited =
    ticketId === undefined
      ? {}
      : { justification: { ticket_id: ticketId, source: "ticket_link" as const } };
  stage.act(moment.actor, moment.offsetMs, { ...detail, ...cited });
  moment.offsetMs += 3_000 + stage.random.exponential(15_000);
}

export function wait(moment: Moment, ms: number): void {
  moment.offsetMs += ms;
}

interface Hiding {
  readonly shift: WorkedShift;
  /** Share of moments in which the ticket at hand is cited. */
  readonly citing: number;
}

/** A moment within a shift, minutes after a ticket was taken where there are tickets. */
export function momentIn(stage: Stage, { shift, citing }: Hiding): Moment {
  const { random, at } = stage;
  const { actor } = shift;
  if (shift.tickets.length === 0) {
    const margin = Math.min(20 * minuteMs, (shift.until - shift.from) / 3);
    return { actor, offsetMs: random.between(shift.from + margin, shift.until - margin) - at };
  }
  const { at: takenAt, ticketId } = pick(random, shift.tickets);
  const offsetMs = takenAt - at + random.between(1, 6) * minuteMs;
  return random.chance(citing) ? { actor, offsetMs, ticketId } : { actor, offsetMs };
}

/** `count` moments of the agent's own work, in turn over all shifts, so that each gets its share. */
export function moments(
  stage: Stage,
  agent: DeskAgent,
  { count, citing }: { readonly count: number; readonly citing: number },
): readonly Moment[] {
  const shifts = stage.shifts(agent);
  return Array.from({ length: count }, (_, index) => {
    const shift = shifts[Math.floor((index * shifts.length) / count)] ?? pick(stage.random, shifts);
    return momentIn(stage, { shift, citing });
  });
}

/** A moment early on one of the agent's working days, by another's hand: business hours, no shift of its own. */
export function workingHour(stage: Stage, agent: DeskAgent, day: number): number {
  const shifts = stage.shifts(agent);
  const { from, until } = shifts[day % shifts.length] ?? pick(stage.random, shifts);
  const again = Math.floor(day / shifts.length) * dayMs;
  return from + (until - from) * stage.random.between(0.15, 0.5) - stage.at + again;
}

/** Distinct customers, drawn evenly from these tenants: those who call and those who never do. */
export function victims(
  stage: Stage,
  tenants: readonly Tenant[],
  count: number,
): readonly WireSubjectRef[] {
  const { random, desk } = stage;
  const chosen = new Map<string, WireSubjectRef>();
  for (let draw = 0; draw < 4 * count && chosen.size < count; draw += 1) {
    const tenant = pick(random, tenants);
    const place: SubjectPlace = { tenant, rank: random.below(Math.max(1, tenant.subjects - 1)) };
    const subject = desk.population.refOf(place);
    chosen.set(subject.id, subject);
  }
  return [...chosen.values()];
}
