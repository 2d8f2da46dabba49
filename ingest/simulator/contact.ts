/** What customers want, how they ask, and what an agent has to look at to help them. */
import type {
  FieldClass,
  JustificationSource,
  SubjectEventType,
  TicketChannel,
} from "../vocabulary/event.ts";
import type { SubjectPlace } from "./population.ts";
import { pickWeighted, type Random } from "./random.ts";

export interface Reason {
  readonly id: string;
  readonly weight: number;
  /** Classes of data that the record's page shows. */
  readonly fields: readonly FieldClass[];
  readonly updateShare: number;
  /** Share of contacts in which the agent unmasks `secret`. */
  readonly revealShare: number;
  readonly secret: FieldClass;
  /** What then happens to the customer's account, and how often. */
  readonly consequence: SubjectEventType;
  readonly consequenceShare: number;
}

const reasons: readonly Reason[] = [
  {
    id: "question about the account",
    weight: 34,
    fields: ["name", "email"],
    updateShare: 0.15,
    revealShare: 0.005,
    secret: "message_body",
    consequence: "email_changed",
    consequenceShare: 0.01,
  },
  {
    id: "bill",
    weight: 26,
    fields: ["name", "email", "payment"],
    updateShare: 0.2,
    revealShare: 0.012,
    secret: "payment",
    consequence: "email_changed",
    consequenceShare: 0.01,
  },
  {
    id: "code does not arrive",
    weight: 16,
    fields: ["phone", "call_log"],
    updateShare: 0.05,
    revealShare: 0.19,
    secret: "sms_code",
    consequence: "code_issued",
    consequenceShare: 0.85,
  },
  {
    id: "new telephone",
    weight: 9,
    fields: ["name", "phone", "call_log"],
    updateShare: 0.5,
    revealShare: 0.1,
    secret: "sms_code",
    consequence: "reregistered",
    consequenceShare: 0.55,
  },
  {
    id: "locked out",
    weight: 8,
    fields: ["name", "email", "phone"],
    updateShare: 0.4,
    revealShare: 0.07,
    secret: "id_document",
    consequence: "factor_reset",
    consequenceShare: 0.5,
  },
  {
    id: "change of address",
    weight: 7,
    fields: ["name", "address"],
    updateShare: 0.8,
    revealShare: 0,
    secret: "id_document",
    consequence: "email_changed",
    consequenceShare: 0.05,
  },
];

const channels: readonly { channel: TicketChannel; weight: number }[] = [
  { channel: "email", weight: 50 },
  { channel: "call", weight: 27 },
  { channel: "chat", weight: 18 },
  { channel: "web", weight: 5 },
];

/** One customer's request, from the moment that a ticket exists. */
export interface Contact {
  readonly ticketId: string;
  readonly place: SubjectPlace;
  readonly channel: TicketChannel;
  readonly reason: Reason;
  /** When the ticket is written up, where that is after the look; set by whoever takes the contact. */
  writtenUpAt?: number;
}

/** The reasons of a desk whose customers lose their telephones as often as `lostPhoneWeight` says. */
export const reasonsWith = (lostPhoneWeight: number): readonly Reason[] =>
  reasons.map((reason) =>
    reason.id === "new telephone" ? { ...reason, weight: lostPhoneWeight } : reason,
  );

interface Request {
  readonly ticketId: string;
  readonly place: SubjectPlace;
  readonly reasons: readonly Reason[];
}

export function createContact(random: Random, request: Request): Contact {
  const { ticketId, place } = request;
  const { channel } = pickWeighted(random, channels);
  return { ticketId, place, channel, reason: pickWeighted(random, request.reasons) };
}

/** How an access made from this contact's ticket is justified in the console. */
export function sourceOf(contact: Contact, random: Random): JustificationSource {
  if (contact.channel === "call" || contact.channel === "chat") return contact.channel;
  return random.chance(0.7) ? "ticket_link" : "queue";
}
