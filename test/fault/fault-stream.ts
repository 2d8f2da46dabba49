/** The stream that the fault tests send, in chunks of known content. */
import type { Message } from "kafkajs";
import type { Config } from "../../ingest/runtime/settings.ts";
import type { TrailReport } from "./trail-report.ts";

const time = "2026-01-05T10:00:00.000Z";
/** Of each chunk: events of each kind, and what is not an event. */
const perKind = 30;
const badPerChunk = 5;
const otherPerChunk = 3;

const key = (fill: number) => `1:${Buffer.alloc(32, fill).toString("base64")}`;
const message = (event: object, by: string): Message => ({ key: by, value: JSON.stringify(event) });

/** What is produced before each fault: events of every kind, repeats and dead letters. */
export function chunkOf(config: Config, chunk: number) {
  const each = <Value>(make: (id: string, index: number) => Value): Value[] =>
    Array.from({ length: perKind }, (_, index) => make(`${chunk}-${index}`, index));
  const subjects = (id: string) => [
    { type: "phone", id: "+15550100" },
    { type: "account", id: `account-${id}` },
  ];
  const access = each((id, index) =>
    message(
      {
        kind: "access",
        event_id: `a-${id}`,
        time,
        agent: { id: `agent-${index % 7}` },
        action: "view",
        subjects: subjects(id),
      },
      `agent-${index % 7}`,
    ),
  );
  const repeated = access.slice(0, otherPerChunk);
  const bad = Array.from(
    { length: badPerChunk },
    (_, index): Message => ({
      key: `agent-${index}`,
      value: `not json ${index}`,
    }),
  );
  return [
    { topic: config.topicAccess, messages: [...access, ...repeated, ...bad] },
    {
      topic: config.topicSubjects,
      messages: each((id) =>
        message(
          {
            kind: "subject",
            event_id: `s-${id}`,
            time,
            type: "registered",
            subject: subjects(id)[1],
          },
          id,
        ),
      ),
    },
    {
      topic: config.topicTickets,
      messages: each((id) =>
        message(
          {
            kind: "ticket",
            event_id: `t-${id}`,
            time,
            type: "opened",
            ticket_id: id,
            subjects: [],
          },
          id,
        ),
      ),
    },
    {
      topic: config.topicAgents,
      messages: each((id) =>
        message({ kind: "agent", event_id: `g-${id}`, time, type: "hired", agent_id: id }, id),
      ),
    },
  ];
}

export const recordsPerChunk = perKind * 4 + otherPerChunk + badPerChunk;

/** What the store holds, and its ledger bears out, when `chunks` chunks are stored exactly once. */
export const countsOf = (chunks: number): TrailReport => ({
  outcomes: chunks * recordsPerChunk,
  events: chunks * perKind * 4,
  exposures: chunks * perKind * 2,
  deadLetters: chunks * badPerChunk,
  doubledRows: 0,
  doubledIds: [],
  verifiedOffsets: chunks * recordsPerChunk,
  discrepancies: [],
});

export const faultSettings = {
  tokenKey: key(1),
  masterKey: key(2),
  kafkaSessionMs: 2_000,
  deadLetterShareMax: 1,
  logLevel: "silent",
} as const;
