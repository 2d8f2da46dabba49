/**
 * Settings of retention: how long each table keeps its rows, in whole days of UTC. A legal hold goes before any of
 * them. Outcomes and sealed identities have none, nor has what the ledger keeps in the place of a removed row.
 */
import { count, setting } from "./setting.ts";

interface Kept {
  /** Of the table. */
  readonly name: string;
  readonly doc: string;
}

const daysKept = ({ name, doc }: Kept) =>
  setting({
    path: `retention.${name}_days`,
    env: `DESKWATCH_RETENTION_${name.toUpperCase()}_DAYS`,
    schema: count(0, 36_500),
    initial: 0,
    doc: `Days ${doc}; 0: for ever.`,
  });

export const retentionSettings = {
  retentionAccessEventsDays: daysKept({
    name: "access_events",
    doc: "of event time that access events and the exposures by them are kept",
  }),
  retentionSubjectEventsDays: daysKept({
    name: "subject_events",
    doc: "of event time that subject events are kept",
  }),
  retentionTicketEventsDays: daysKept({
    name: "ticket_events",
    doc: "of event time that ticket events are kept",
  }),
  retentionAgentEventsDays: daysKept({
    name: "agent_events",
    doc: "of event time that agent events are kept",
  }),
  retentionReadsDays: daysKept({
    name: "reads",
    doc: "that it is kept who asked what through the API",
  }),
  retentionDeadLettersDays: daysKept({ name: "dead_letters", doc: "that dead letters are kept" }),
  retentionAlertsDays: daysKept({
    name: "alerts",
    doc: "of event time that alerts are kept, and as long the actions on them and their deliveries",
  }),
  retentionEngineInputsDays: daysKept({
    name: "engine_inputs",
    doc: "that the recorded order of detection is kept; longer than any standstill",
  }),
} as const;
