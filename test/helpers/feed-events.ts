/** Wire events for the reader of detection: many of one kind, and one of each. */
import type { WireEvent } from "../../ingest/simulator/wire-event.ts";

const time = "2026-01-05T10:00:00.000Z";

export const eventsOf = (prefix: string, count: number): WireEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: "agent",
    event_id: `${prefix}-${index}`,
    time,
    type: "hired",
    agent_id: `agent-${index % 5}`,
  }));

export const oneOfEach: WireEvent[] = [
  {
    kind: "access",
    event_id: "e1",
    time,
    console: "desk",
    agent: { id: "agent-1", team: "t", role: "support", time_zone: "Europe/Dublin" },
    session: {
      id: "s",
      ip: "192.0.2.1",
      user_agent: "u",
      device_id: "d",
      country: "IE",
      asn: 1,
      auth_factor: "totp",
    },
    action: "login",
  },
  {
    kind: "subject",
    event_id: "e2",
    time,
    type: "registered",
    subject: { type: "email", id: "a@example.com" },
  },
  { kind: "ticket", event_id: "e3", time, type: "opened", ticket_id: "ticket-1", channel: "call" },
  { kind: "agent", event_id: "e4", time, type: "hired", agent_id: "agent-2" },
];
