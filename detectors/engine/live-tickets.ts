/**
 * Tickets that somebody works on: a named ticket explains an access only while it is alive. Attackers cite
 * old or invented numbers; ordinary work touches what was opened, answered or worked on lately.
 *
 * Ticket events and updates revive a ticket, accesses of a live one keep it alive, and merely naming a dead one
 * does not. Where no ticket events come in at all, every named ticket counts as alive. Kept as fingerprints
 * in a ring of blocks, each printed under a key of its own; when the ring is full the oldest are forgotten,
 * and such a ticket counts as dead for everybody alike.
 */
import { z } from "zod";
import { fingerprint } from "../stats/seeded-uniform.ts";

/** Days without work after which a ticket is dead: beyond the usual automatic close after five days. */
const aliveDays = 7;
const ticketsPerBlock = 1_024;
/** Half a million ticket-days. */
const blocksMax = 512;
const dayMs = 86_400_000;

const blockSchema = z.object({
  sequence: z.number(),
  /** Fingerprint and day, UTC. */
  tickets: z.array(z.tuple([z.number(), z.number()])),
  /** A ticket event had been seen when the block was printed. */
  isReported: z.boolean(),
});
type Block = z.infer<typeof blockSchema>;

export interface LiveTickets {
  readonly isAlive: (ticketId: string, at: number) => boolean;
  /** Notes an event of the ticket itself. */
  readonly report: (ticketId: string, at: number) => void;
  /** Notes work on the ticket at event time `at`. */
  readonly note: (ticketId: string, at: number) => void;
  /** The blocks that changed since the last call, by key. */
  readonly saveDirty: () => { key: string; state: string }[];
  /** Throws ZodError or SyntaxError if `state` is no block. In any order. */
  readonly load: (state: string) => void;
}

export function createLiveTickets(): LiveTickets {
  /** Fingerprint → latest day of work. */
  const days = new Map<number, number>();
  const blocks = new Map<number, Block>();
  const dirty = new Set<number>();
  let isReported = false;
  let current: Block = { sequence: 0, tickets: [], isReported };
  blocks.set(0, current);

  const turn = (): void => {
    const sequence = current.sequence + 1;
    const slot = sequence % blocksMax;
    for (const [ticket, day] of blocks.get(slot)?.tickets ?? []) {
      if (days.get(ticket) === day) days.delete(ticket);
    }
    current = { sequence, tickets: [], isReported };
    blocks.set(slot, current);
  };
  const note = (ticketId: string, at: number): void => {
    const ticket = fingerprint(ticketId);
    const day = Math.floor(at / dayMs);
    if ((days.get(ticket) ?? Number.NEGATIVE_INFINITY) >= day) return;
    if (current.tickets.length >= ticketsPerBlock) turn();
    days.set(ticket, day);
    current.tickets.push([ticket, day]);
    dirty.add(current.sequence % blocksMax);
  };
  return {
    isAlive: (ticketId, at) => {
      if (!isReported) return true;
      const day = days.get(fingerprint(ticketId));
      return day !== undefined && Math.floor(at / dayMs) - day <= aliveDays;
    },
    note,
    report: (ticketId, at) => {
      if (!isReported) {
        isReported = true;
        current.isReported = true;
        dirty.add(current.sequence % blocksMax);
      }
      note(ticketId, at);
    },
    saveDirty: () => {
      const rows = [...dirty].map((slot) => ({
        key: `tickets/${slot}`,
        state: JSON.stringify(blocks.get(slot)),
      }));
      dirty.clear();
      return rows;
    },
    load: (state) => {
      const block = blockSchema.parse(JSON.parse(state));
      blocks.set(block.sequence % blocksMax, block);
      if (block.sequence >= current.sequence) current = block;
      isReported ||= block.isReported;
      for (const [ticket, day] of block.tickets) {
        days.set(ticket, Math.max(day, days.get(ticket) ?? day));
      }
    },
  };
}
