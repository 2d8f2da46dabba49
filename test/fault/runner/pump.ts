/**
 * Produces the stream of a fault run, at least once: what a broken send may have left is sent again, so that the
 * topics hold repeats of records, as they do under any real producer.
 */
import kafkajs, { type Message, type Producer } from "kafkajs";
import { grouped } from "../../../ingest/runtime/grouped.ts";
import type { Config } from "../../../ingest/runtime/settings.ts";
import { testKafka } from "../../helpers/broker.ts";

export interface Pump {
  /** Records acknowledged by the broker. */
  readonly sent: () => number;
  /** Sends about `count` records. Rejects when the broker does not take them for long. */
  readonly send: (count: number) => Promise<void>;
  /** Sends at this pace until `until` resolves. */
  readonly flow: (perSecond: number, until: Promise<unknown>) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Of 200 records: so many are of each other kind, so many repeat an earlier one, so many are no event. */
const mixture = { size: 200, others: 5, repeats: 2, bad: 2 } as const;
const chunkRecords = 1_000;
const rememberedMax = 5_000;
const attemptsMax = 60;
const attemptEveryMs = 1_000;
const flowEveryMs = 100;

interface Record {
  readonly topic: keyof Pick<
    Config,
    "topicAccess" | "topicSubjects" | "topicTickets" | "topicAgents"
  >;
  readonly message: Message;
}

export function createPump(config: () => Config, random: () => number): Pump {
  const stream = createStream(random);
  let producer: Producer | undefined;
  let sent = 0;
  const connected = async (): Promise<Producer> => {
    if (producer !== undefined) return producer;
    const fresh = testKafka(config()).producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { retries: 2 },
    });
    await fresh.connect();
    producer = fresh;
    return fresh;
  };
  const close = async (): Promise<void> => {
    const last = producer;
    producer = undefined;
    await last?.disconnect().catch(() => undefined);
  };
  const deliver = async (records: readonly Record[]): Promise<void> => {
    const topicMessages = [...grouped(records, ({ topic }) => topic)].map(([topic, own]) => ({
      topic: config()[topic],
      messages: own.map(({ message }) => message),
    }));
    for (let attempt = 1; ; attempt += 1) {
      try {
        await (await connected()).sendBatch({ topicMessages });
        sent += records.length;
        return;
      } catch (error) {
        await close();
        if (attempt === attemptsMax) throw error;
        await new Promise((resolve) => setTimeout(resolve, attemptEveryMs));
      }
    }
  };
  const send = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= chunkRecords) {
      await deliver(stream(Math.min(left, chunkRecords)));
    }
  };
  return {
    sent: () => sent,
    send,
    flow: async (perSecond, until) => {
      let isOver = false;
      const end = until.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        const next = new Promise((resolve) => setTimeout(resolve, flowEveryMs));
        await send(Math.max(1, Math.round((perSecond * flowEveryMs) / 1000)));
        await next;
      }
      await end;
    },
    close,
  };
}

const time = "2026-01-05T10:00:00.000Z";
const agents = 500;

/** Ids rise by kind, so that each is made once; chance decides what is repeated. */
function createStream(random: () => number): (count: number) => Record[] {
  let made = 0;
  const remembered: Record[] = [];
  const next = (): Record => {
    const place = made % mixture.size;
    made += 1;
    const id = `${made}`;
    if (place < mixture.repeats) {
      return remembered[Math.floor(random() * remembered.length)] ?? access(id);
    }
    if (place < mixture.repeats + mixture.bad) return bad(id);
    const other = Math.floor((place - mixture.repeats - mixture.bad) / mixture.others);
    const record = (others[other] ?? access)(id);
    remembered[made % rememberedMax] = record;
    return record;
  };
  return (count) => Array.from({ length: count }, next);
}

const recordOf = (topic: Record["topic"], key: string, value: object | string): Record => ({
  topic,
  message: { key, value: typeof value === "string" ? value : JSON.stringify(value) },
});

const access = (id: string): Record => {
  const agent = `agent-${Number(id) % agents}`;
  const subjects = [
    { type: "phone", id: `+1555${String(Number(id) % 9_999).padStart(7, "0")}` },
    { type: "account", id: `account-${Number(id) % 20_000}` },
  ];
  return recordOf("topicAccess", agent, {
    kind: "access",
    event_id: `a-${id}`,
    time,
    agent: { id: agent },
    action: "view",
    subjects,
  });
};

const bad = (id: string): Record => recordOf("topicAccess", `agent-${id}`, `not json ${id}`);

const others: readonly ((id: string) => Record)[] = [
  (id) =>
    recordOf("topicSubjects", id, {
      kind: "subject",
      event_id: `s-${id}`,
      time,
      type: "registered",
      subject: { type: "account", id: `account-${id}` },
    }),
  (id) =>
    recordOf("topicTickets", id, {
      kind: "ticket",
      event_id: `t-${id}`,
      time,
      type: "opened",
      ticket_id: id,
      subjects: [],
    }),
  (id) =>
    recordOf("topicAgents", id, {
      kind: "agent",
      event_id: `g-${id}`,
      time,
      type: "hired",
      agent_id: id,
    }),
];
