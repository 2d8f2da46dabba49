/** How records reach whoever reads them: nearly all at once, a few again, a few late. */
import { type Agenda, createAgenda } from "./agenda.ts";
import { hourMs, minuteMs } from "./calendar.ts";
import { createRandom } from "./random.ts";
import type { WireEvent } from "./wire-event.ts";

export interface Delivery {
  readonly seed: string;
  readonly duplicateShare: number;
  readonly lateShare: number;
}

const lateMsMax = 6 * hourMs;

/** The events in the order of their arrival. At most six hours of late and second copies wait in memory. */
export function* deliver(
  events: Iterable<WireEvent>,
  { seed, duplicateShare, lateShare }: Delivery,
): Generator<WireEvent> {
  const random = createRandom(`${seed}/delivery`);
  const onTheWay = createAgenda<WireEvent>();
  for (const event of events) {
    const at = Date.parse(event.time);
    yield* dueBy(onTheWay, at);
    if (random.chance(duplicateShare)) onTheWay.add(at + random.exponential(5_000), event);
    const lateMs = random.chance(lateShare) ? random.exponential(20 * minuteMs) : 0;
    if (lateMs === 0) yield event;
    else onTheWay.add(at + Math.min(lateMsMax, lateMs), event);
  }
  yield* dueBy(onTheWay, Number.POSITIVE_INFINITY);
}

function* dueBy({ take }: Agenda<WireEvent>, at: number): Generator<WireEvent> {
  for (let due = take(at); due !== undefined; due = take(at)) yield due.item;
}
