/**
 * Makes wire events: ids, times, and the fields in the contract's order.
 *
 * An id is 20 hexadecimal digits. The first eight are a bijection of the mint's counter, so that one mint
 * never repeats an id for 2^32 events; the other twelve are chance, so that two mints do not meet.
 */
import type { SubjectEventType } from "../vocabulary/event.ts";
import { createRandom, hash32, scatter32 } from "./random.ts";
import type {
  AccessDetail,
  Actor,
  WireAccess,
  WireAgent,
  WireSubject,
  WireSubjectRef,
  WireTicket,
} from "./wire-event.ts";

export interface EventMint {
  readonly access: (actor: Actor, at: number, detail: AccessDetail) => WireAccess;
  readonly subject: (at: number, type: SubjectEventType, subject: WireSubjectRef) => WireSubject;
  readonly ticket: (at: number, detail: Omit<WireTicket, MintedKey>) => WireTicket;
  readonly agent: (at: number, detail: Omit<WireAgent, MintedKey>) => WireAgent;
  /** A fresh identifier with this prefix, of the same shape as an event id. */
  readonly id: (prefix: string) => string;
}

type MintedKey = "kind" | "event_id" | "time";

export const iso = (at: number) => new Date(at).toISOString();

export function createEventMint(seed: string): EventMint {
  const nextId = createIds(seed);
  return {
    id: (prefix) => `${prefix}${nextId().slice(0, 14)}`,
    access: (actor, at, detail) => ({
      kind: "access",
      event_id: nextId(),
      time: iso(at),
      console: "desk",
      agent: actor.agent,
      session: actor.session,
      ...detail,
    }),
    subject: (at, type, subject) => ({
      kind: "subject",
      event_id: nextId(),
      time: iso(at),
      type,
      subject,
    }),
    ticket: (at, detail) => ({ kind: "ticket", event_id: nextId(), time: iso(at), ...detail }),
    agent: (at, detail) => ({ kind: "agent", event_id: nextId(), time: iso(at), ...detail }),
  };
}

function createIds(seed: string): () => string {
  const random = createRandom(`${seed}/ids`);
  const offset = hash32(`${seed}/ids`);
  // A table of two-byte texts is six times as fast as toString(16) and padStart.
  const hex = Array.from({ length: 65_536 }, (_, value) => value.toString(16).padStart(4, "0"));
  const pair = (bits: number) => `${hex[bits >>> 16]}${hex[bits & 0xffff]}`;
  let minted = 0;
  return () => {
    minted += 1;
    const head = pair(scatter32((minted + offset) | 0));
    return `${head}${pair(random.below(0x1_0000_0000))}${hex[random.below(65_536)]}`;
  };
}
