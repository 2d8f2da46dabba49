import { createEngine } from "../../../../detectors/engine/engine.ts";
import { templateOf } from "../../../../detectors/engine/explained.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import type { JustificationSource } from "../../../../ingest/vocabulary/event.ts";
import { access, deskStart, subject } from "../../../helpers/support-desk.ts";

const event = (source: JustificationSource | undefined) => ({
  ...access({ id: "e", at: deskStart, agent: "a" }),
  justification: { ticketId: undefined, source, reason: undefined },
});

describe("what explains an access", () => {
  it.each([
    { relation: "own", source: "queue", template: "own_ticket" },
    { relation: "own", source: undefined, isSelfOpened: true, template: "self_opened_ticket" },
    { relation: "open", source: "ticket_link", template: "open_ticket" },
    { relation: "open", source: "queue", template: "queue" },
    { relation: "open", source: "call", template: "call" },
    { relation: "open", source: "chat", isOnCall: true, template: "chat" },
    { relation: "foreign", source: "ticket_link", template: "foreign_ticket" },
    { relation: "foreign", source: "ticket_link", isOnCall: true, template: "on_call" },
    { relation: "none", source: "manual", isOnCall: true, template: "on_call" },
    { relation: "none", source: "manual", template: "none" },
  ] as const)("is $template for $relation work from $source", (given) => {
    const { isSelfOpened = false, isOnCall = false } = given;
    const sighting = { event: event(given.source), relation: given.relation, isSelfOpened };
    expect(templateOf(sighting, isOnCall)).toBe(given.template);
  });

  it("is counted once for each exposing access", async () => {
    const metrics = createMetrics();
    const options = { falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] };
    const engine = createEngine({ ...options, metrics });
    const look = { agent: "a", session: "s", subjects: [subject("x")] };
    engine.step(access({ ...look, id: "1", at: deskStart, ticket: "t" }));
    engine.step(access({ ...look, id: "2", at: deskStart + 1 }));
    engine.step(access({ ...look, id: "3", at: deskStart + 2, action: "login", subjects: [] }));
    const text = await metrics.registry.metrics();
    expect(text).toContain('deskwatch_detect_accesses_total{template="open_ticket"} 1');
    expect(text).toContain('deskwatch_detect_accesses_total{template="none"} 1');
  });
});
