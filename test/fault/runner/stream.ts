/**
 * The records of a fault run. Ids rise by kind, so that each is made once; chance decides what is repeated. Event
 * time goes on with every record, and some of the accesses are what detection must see whatever the base rate.
 */
import type { Message } from "kafkajs";
import type { Config } from "../../../ingest/runtime/settings.ts";

export type StreamTopic = keyof Pick<
  Config,
  "topicAccess" | "topicSubjects" | "topicTickets" | "topicAgents"
>;

export interface StreamRecord {
  readonly topic: StreamTopic;
  readonly message: Message;
}

/** Of 200 records: so many are of each other kind, so many repeat an earlier one, so many are no event. */
const mixture = { size: 200, others: 5, repeats: 2, bad: 2 } as const;
const rememberedMax = 5_000;

const startAt = Date.parse("2026-01-05T08:00:00.000Z");
const stepMs = 5_000;
const agents = 60;
const accounts = 20_000;
/** Every so many accounts one is a canary. */
const canaryEvery = 500;
/** Some have left, and of one access in so many theirs is the account. */
const leavers = 7;
const leaverEvery = 250;
/** Of so many records so many in a row are secrets that one agent reveals. */
const storm = { every: 3_000, length: 100 } as const;

const accountOf = (number: number) => ({ type: "account", id: `account-${number % accounts}` });

/** What the service has to be told beforehand. */
export const subjectLists = {
  canary_subjects: Array.from({ length: accounts / canaryEvery }, (_, index) =>
    accountOf(index * canaryEvery),
  ),
};

export function createStream(random: () => number): (count: number) => StreamRecord[] {
  let made = 0;
  const remembered: StreamRecord[] = [];
  const next = (): StreamRecord => {
    const place = made % mixture.size;
    made += 1;
    if (place < mixture.repeats) {
      return remembered[Math.floor(random() * remembered.length)] ?? access(made);
    }
    if (place < mixture.repeats + mixture.bad) return bad(made);
    const other = Math.floor((place - mixture.repeats - mixture.bad) / mixture.others);
    const record = (others[other] ?? access)(made);
    remembered[made % rememberedMax] = record;
    return record;
  };
  return (count) => Array.from({ length: count }, next);
}

const recordOf = (topic: StreamTopic, key: string, value: object | string): StreamRecord => ({
  topic,
  message: { key, value: typeof value === "string" ? value : JSON.stringify(value) },
});

const timeOf = (number: number): string => new Date(startAt + number * stepMs).toISOString();
const leaverOf = (number: number): string => `leaver-${Math.floor(number / leaverEvery) % leavers}`;

function access(number: number): StreamRecord {
  const isStorm = number % storm.every < storm.length;
  const person = isStorm ? Math.floor(number / storm.every) : number;
  const agent = number % leaverEvery === 100 ? leaverOf(number) : `agent-${person % agents}`;
  const phone = { type: "phone", id: `+1555${String(number % 9_999).padStart(7, "0")}` };
  return recordOf("topicAccess", agent, {
    kind: "access",
    event_id: `a-${number}`,
    time: timeOf(number),
    agent: { id: agent },
    action: isStorm ? "reveal" : "view",
    subjects: [phone, accountOf(number)],
  });
}

const bad = (number: number): StreamRecord =>
  recordOf("topicAccess", `agent-${number}`, `not json ${number}`);

const others: readonly ((number: number) => StreamRecord)[] = [
  (number) =>
    recordOf("topicSubjects", `${number}`, {
      kind: "subject",
      event_id: `s-${number}`,
      time: timeOf(number),
      type: "registered",
      subject: { type: "account", id: `account-${number}` },
    }),
  (number) =>
    recordOf("topicTickets", `${number}`, {
      kind: "ticket",
      event_id: `t-${number}`,
      time: timeOf(number),
      type: "opened",
      ticket_id: `${number}`,
      subjects: [],
    }),
  (number) => {
    const hasLeft = number % 2 === 0;
    const agent = hasLeft ? leaverOf(number) : `${number}`;
    return recordOf("topicAgents", agent, {
      kind: "agent",
      event_id: `g-${number}`,
      time: timeOf(number),
      type: hasLeft ? "terminated" : "hired",
      agent_id: agent,
    });
  },
];
