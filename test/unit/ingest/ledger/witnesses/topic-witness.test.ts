import {
  createTopicWitness,
  type NoteRecord,
  type NoteTopic,
} from "../../../../../ingest/ledger/witnesses/topic-witness.ts";
import { growingLog } from "../../../../helpers/growing-log.ts";
import { itKeepsItsPromises } from "./witness-promises.ts";

const { log, note, growth } = growingLog();

/** A topic whose broker may be away, or away only when it should answer. */
function memoryTopic() {
  const records: (NoteRecord & { key: string })[] = [];
  let broker: "there" | "away" | "silent" = "there";
  let reads = 0;
  const topic: NoteTopic = {
    newest: async (key) => {
      if (broker !== "there") throw new Error("no broker");
      reads += 1;
      return records.filter((record) => record.key === key);
    },
    append: async (key, record) => {
      if (broker === "away") throw new Error("no broker");
      records.push({ key, ...record });
      if (broker === "silent") throw new Error("no answer");
    },
  };
  const become = (next: typeof broker): void => {
    broker = next;
  };
  return { topic, become, reads: () => reads, records };
}

describe("a witness over a topic in memory", () => {
  const topics = new Map<string, NoteTopic>();
  itKeepsItsPromises((context) => {
    const topic = topics.get(context) ?? memoryTopic().topic;
    topics.set(context, topic);
    return createTopicWitness({ name: "topic", topic, log });
  });

  it.each([
    { broker: "away", size: 5, why: "was not written" },
    { broker: "silent", size: 8, why: "was written although nobody said so" },
  ] as const)("finds out what became of a record that $why", async ({ broker, size }) => {
    const { topic, become } = memoryTopic();
    const witness = createTopicWitness({ name: "topic", topic, log });
    await witness.hold(note(5), growth(0, 5));
    become(broker);
    const failed = await witness.hold(note(8), growth(5, 8));
    expect(failed).toMatchObject({ kind: "unreachable", reason: "no_connection" });
    become("there");
    expect(await witness.latest()).toMatchObject({ checkpoint: { size } });
    expect(await witness.hold(note(9), growth(size, 9))).toMatchObject({ kind: "held" });
  });

  it("reads the topic once for any number of checkpoints", async () => {
    const { topic, reads } = memoryTopic();
    const witness = createTopicWitness({ name: "topic", topic, log });
    for (const size of [1, 2, 3, 4]) await witness.hold(note(size), growth(size - 1, size));
    expect(reads()).toBe(1);
  });

  it("takes no record for its head that did not grow from the one before", async () => {
    const { topic, records } = memoryTopic();
    const fork = growingLog({ forkedAt: 3 });
    const witness = createTopicWitness({ name: "topic", topic, log });
    await witness.hold(note(5), growth(0, 5));
    const proofs = ["old 5", "old 0", "", "old 5\nx", "old 3"];
    records.push(...proofs.map((one) => ({ key: log.origin, note: fork.note(9), growth: one })));
    expect(await witness.latest()).toMatchObject({ checkpoint: { size: 5 } });
    expect(await witness.history()).toMatchObject({ checkpoints: { length: 6 } });
  });
});
