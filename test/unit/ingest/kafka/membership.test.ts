import type { EachBatchPayload } from "kafkajs";
import {
  createMembership,
  type Membership,
  type OffsetCommit,
} from "../../../../ingest/kafka/membership.ts";
import { createLog } from "../../../../ingest/runtime/log.ts";

const places = [0, 1, 2].map((partition) => ({ topic: "console.access", partition }));
const commitOf = (partition: number, topic = "console.access"): OffsetCommit => ({
  topic,
  partition,
  offset: 7,
  metadata: `note ${partition}`,
});

type Request = Parameters<EachBatchPayload["commitOffsetsIfNecessary"]>[0];

/** A member whose client has handed over a batch, and the requests that it sends. */
async function joinedMember(send: (request: Request) => Promise<void> = async () => undefined) {
  const requests: Request[] = [];
  const membership: Membership = createMembership(
    { onAssigned: () => undefined, onLost: () => undefined, onBatch: async () => undefined },
    createLog({ logLevel: "silent" }),
  );
  membership.joined(places);
  const payload = {
    batch: { messages: [] },
    commitOffsetsIfNecessary: (request: Request) => {
      requests.push(request);
      return send(request);
    },
  };
  await membership.deliver(payload as unknown as EachBatchPayload);
  return { membership, requests };
}

describe("offset commits of a member", () => {
  it("that are asked for at one go are one request, each with its own note", async () => {
    const { membership, requests } = await joinedMember();
    const asked = [commitOf(0), commitOf(2), commitOf(1, "console.tickets")];
    const outcomes = await Promise.all(
      asked.map((commit) => membership.commit(commit, membership.epoch())),
    );
    expect(outcomes).toEqual(["accepted", "accepted", "accepted"]);
    const entry = (partition: number) => ({
      partition,
      offset: "7",
      metadata: `note ${partition}`,
    });
    expect(requests).toEqual([
      {
        topics: [
          { topic: "console.access", partitions: [entry(0), entry(2)] },
          { topic: "console.tickets", partitions: [entry(1)] },
        ],
      },
    ]);
  });

  it("are not sent once the partitions are lost, though they were asked for before", async () => {
    const { membership, requests } = await joinedMember();
    const asked = membership.commit(commitOf(0), membership.epoch());
    membership.lose();
    expect(await asked).toBe("fenced");
    expect(requests).toEqual([]);
  });

  it("of an earlier epoch are fenced, and those of the present one are sent", async () => {
    const { membership, requests } = await joinedMember();
    const former = membership.epoch();
    membership.lose();
    membership.joined(places);
    const outcomes = await Promise.all([
      membership.commit(commitOf(0), former),
      membership.commit(commitOf(1), membership.epoch()),
    ]);
    expect(outcomes).toEqual(["fenced", "accepted"]);
    expect(requests.map((request) => request?.topics[0]?.partitions.length)).toEqual([1]);
  });

  it.each([
    { type: "ILLEGAL_GENERATION", outcome: "fenced" },
    { type: "REQUEST_TIMED_OUT", outcome: "unknown" },
  ])("are all $outcome when the coordinator answers $type", async ({ type, outcome }) => {
    const { membership } = await joinedMember(() =>
      Promise.reject(Object.assign(new Error("refused"), { type })),
    );
    const outcomes = await Promise.all(
      [0, 1].map((partition) => membership.commit(commitOf(partition), membership.epoch())),
    );
    expect(outcomes).toEqual([outcome, outcome]);
  });
});
