/** Detection's own reader: contract events in order of arrival, from where its owner says, with one owner. */

import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { contentOf } from "../../ingest/clickhouse/event-rows.ts";
import { createDecodedAhead } from "../../ingest/kafka/decoded-ahead.ts";
import {
  createEventFeed,
  type EventFeed,
  type EventFeedDeps,
} from "../../ingest/kafka/event-feed.ts";
import { createEventProducer } from "../../ingest/kafka/event-producer.ts";
import type { FeedSegment } from "../../ingest/kafka/segment-queue.ts";
import { ensureTopics } from "../../ingest/kafka/topics.ts";
import { createDecodeContext } from "../../ingest/pipeline/decode-context.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import type { WireEvent } from "../../ingest/simulator/wire-event.ts";
import { epochMs, eventId } from "../../ingest/vocabulary/brand.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { quietLog, readAll, startTestBroker, type TestBroker, until } from "../helpers/broker.ts";
import { eventsOf, oneOfEach } from "../helpers/feed-events.ts";
import { describeWith } from "../helpers/requires.ts";

jest.setTimeout(120_000);

const tokenKey = `1:${Buffer.alloc(32, 7).toString("base64")}`;

/** Takes segments and remembers them, as the engine's journal does. */
function createOwner() {
  const segments: FeedSegment[] = [];
  const failures: Error[] = [];
  return {
    segments,
    failures,
    /** Distinct: a producer may send a batch again when it does not know how the first try ended. */
    ids: () => [...new Set(segments.flatMap(({ events }) => events.map((one) => one.eventId)))],
    ends: async () => (source: string, partition: number) =>
      segments.findLast((one) => one.source === source && one.partition === partition)?.end,
  };
}

function expectJoined(segments: readonly FeedSegment[]): void {
  const ends = new Map<number, number>();
  for (const { partition, start, end } of segments) {
    expect(start).toBe(ends.get(partition) ?? 0);
    ends.set(partition, end);
  }
}

/** Answers which event is stored under each offset that was taken, under the id that `idOf` gives it. */
const trailOf = (
  segments: readonly FeedSegment[],
  idOf: (event: ConsoleEvent) => string,
): Reader => {
  const taken = segments.flatMap(({ events, start, partition }) =>
    events.map((event, at) => ({
      partition,
      offset: start + at,
      id_hash: contentOf({ ...event, eventId: eventId(idOf(event)) }).idHash,
    })),
  );
  return {
    query: async (_sql, { partition, start, end }) =>
      taken
        .filter((one) => one.partition === partition)
        .filter(({ offset }) => offset >= Number(start) && offset < Number(end))
        .map(({ offset, id_hash }) => ({ offset, id_hash })),
  };
};

describeWith("kafka", "the feed of detection", () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startTestBroker();
  });
  afterAll(() => broker.stop());

  const feedOf = (
    config: Config,
    owner: ReturnType<typeof createOwner>,
    options: Partial<EventFeedDeps> = {},
  ): EventFeed =>
    createEventFeed({
      config,
      decode: createDecodeContext(config, systemClock),
      startOffsets: owner.ends,
      onSegment: async (segment) => {
        owner.segments.push(segment);
      },
      metrics: createMetrics(),
      log: quietLog,
      clock: systemClock,
      onFailure: (error) => owner.failures.push(error),
      ...options,
    });

  async function send(config: Config, events: WireEvent[]): Promise<void> {
    const producer = createEventProducer({ config, log: quietLog });
    await producer.connect();
    await producer.send(events);
    await producer.disconnect();
  }

  it("delivers events of all four topics, keyed as the contract says", async () => {
    const config = broker.config("kinds", { tokenKey });
    const owner = createOwner();
    const feed = feedOf(config, owner);
    await feed.start();
    await send(config, oneOfEach);
    await until(() => owner.ids().length === 4);
    await feed.stop();
    expect(owner.ids().toSorted()).toEqual(["e1", "e2", "e3", "e4"]);
    const keys = await Promise.all(
      [config.topicAccess, config.topicSubjects, config.topicTickets, config.topicAgents].map(
        async (topic) => String((await readAll(config, topic, 1))[0]?.key),
      ),
    );
    expect(keys).toEqual(["agent-1", "a@example.com", "ticket-1", "agent-2"]);
  });

  it("goes on exactly where its owner says, whatever was committed", async () => {
    const config = broker.config("offsets", { tokenKey });
    const owner = createOwner();
    const first = feedOf(config, owner);
    await first.start();
    await send(config, eventsOf("a", 200));
    await until(() => owner.ids().length === 200);
    await first.commit();
    await send(config, eventsOf("b", 200));
    await until(() => owner.ids().length === 400);
    await first.stop();
    // The owner forgets its newest segments, as after a kill before they were recorded.
    const lost = owner.segments.splice(-2).flatMap(({ events }) => events);
    const second = feedOf(config, owner);
    await second.start();
    await until(() => owner.ids().length === 400);
    await second.stop();
    expect(lost.length).toBeGreaterThan(0);
    expect(owner.ids()).toHaveLength(400);
  });

  it("segments of a partition join without a gap and without an overlap", async () => {
    const config = broker.config("joints", { tokenKey });
    const owner = createOwner();
    const feed = feedOf(config, owner);
    await feed.start();
    for (const round of ["a", "b", "c", "d"]) await send(config, eventsOf(round, 50));
    await until(() => owner.ids().length === 200);
    await feed.stop();
    expectJoined(owner.segments);
  });

  it("has one owner; a standby takes everything over when the owner leaves", async () => {
    const config = broker.config("standby", { tokenKey });
    const [owner, standby] = [createOwner(), createOwner()];
    const first = feedOf(config, owner);
    const second = feedOf(config, standby);
    await first.start();
    await send(config, eventsOf("a", 50));
    await until(() => owner.ids().length === 50);
    await second.start();
    await until(second.ready);
    await until(first.ready);
    await send(config, eventsOf("b", 50));
    await until(() => owner.ids().length === 100);
    expect([first.isOwner(), second.isOwner()]).toEqual([true, false]);
    await first.commit();
    await first.stop();
    await until(second.isOwner);
    await send(config, eventsOf("c", 50));
    await until(() => standby.ids().length >= 50);
    await second.stop();
    expect(standby.ids().toSorted()).toEqual(
      eventsOf("c", 50)
        .map((event) => event.event_id)
        .toSorted(),
    );
    expect([...owner.failures, ...standby.failures]).toEqual([]);
  });

  it("goes on behind the records that the audit trail holds, and refuses others in their place", async () => {
    const config = broker.config("anew", { tokenKey });
    const owner = createOwner();
    const first = feedOf(config, owner);
    await first.start();
    await send(config, eventsOf("a", 200));
    await until(() => owner.ids().length === 200);
    await first.stop();
    const same = feedOf(config, owner, {
      trail: trailOf(owner.segments, ({ eventId }) => eventId),
    });
    await same.start();
    await send(config, eventsOf("b", 50));
    await until(() => owner.ids().length === 250);
    await same.stop();
    expect(owner.failures).toEqual([]);
    expectJoined(owner.segments);
    const taken = owner.segments.length;
    const trail = trailOf(owner.segments, ({ eventId }) => `other-${eventId}`);
    const other = feedOf(config, owner, { trail });
    await other.start();
    await until(() => owner.failures.length > 0);
    await other.stop();
    expect(owner.failures).toMatchObject([{ code: "kafka.offsets_reused" }]);
    expect(owner.segments).toHaveLength(taken);
  });

  it("tells how far it is behind before it has taken a record", async () => {
    const config = broker.config("behind", { tokenKey });
    const owner = createOwner();
    const metrics = createMetrics();
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const decodedAhead = { ...createDecodedAhead(), untilRoom: () => opened };
    const feed = feedOf(config, owner, { metrics, decodedAhead });
    const lags = async (): Promise<number[]> => {
      const found = await metrics.registry.getSingleMetric("deskwatch_detect_lag_records")?.get();
      return (found?.values ?? []).map(({ value }) => value);
    };
    const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
    await ensureTopics(config, quietLog);
    await send(config, eventsOf("a", 200));
    expect(await lags()).toEqual([]);
    await feed.start();
    // Its partitions are placed one after the other.
    await until(async () => sum(await lags()) >= 200);
    expect(owner.segments).toEqual([]);
    open();
    await until(() => owner.ids().length === 200);
    await until(async () => sum(await lags()) === 0);
    await feed.stop();
  });

  it("does not begin with a clock that is not the store's, and ends when it is set wrong", async () => {
    const config = broker.config("clock", { tokenKey });
    const owner = createOwner();
    let offMs = 3_600_000;
    const feed = feedOf(config, owner, {
      clock: { now: () => epochMs(systemClock.now() + offMs) },
      storeClock: { query: async () => [{ at: systemClock.now() }] },
    });
    await expect(feed.start()).rejects.toMatchObject({ code: "kafka.clock_off" });
    offMs = 0;
    await feed.start();
    await until(feed.ready);
    offMs = -3_600_000;
    await until(() => owner.failures.length > 0);
    expect(owner.failures).toMatchObject([{ code: "kafka.clock_off" }]);
    await feed.stop();
  });

  it("publishes alerts keyed by alert", async () => {
    const config = broker.config("alerts", { tokenKey });
    const producer = createEventProducer({ config, log: quietLog });
    await producer.connect();
    await producer.publishAlerts([{ alert_id: "alert-1" }]);
    await producer.disconnect();
    const [found] = await readAll(config, config.topicAlerts, 1);
    expect(String(found?.key)).toBe("alert-1");
    expect(JSON.parse(String(found?.value))).toEqual({ alert_id: "alert-1" });
  });
});
