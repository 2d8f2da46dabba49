/** What waits for detection is bounded: a partition is read on when what was read of it has been taken. */
import { createEventFeed } from "../../ingest/kafka/event-feed.ts";
import { createEventProducer } from "../../ingest/kafka/event-producer.ts";
import { waitingOffsetsMax } from "../../ingest/kafka/feed-room.ts";
import type { FeedSegment } from "../../ingest/kafka/segment-queue.ts";
import { createDecodeContext } from "../../ingest/pipeline/decode-context.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import type { WireEvent } from "../../ingest/simulator/wire-event.ts";
import { quietLog, startTestBroker, until } from "../helpers/broker.ts";
import { describeWith } from "../helpers/requires.ts";

jest.setTimeout(120_000);

const count = 3 * waitingOffsetsMax.own;
/** Of one agent, so all of one partition. */
const hired = (index: number): WireEvent => ({
  kind: "agent",
  event_id: `a-${index}`,
  time: "2026-01-05T10:00:00.000Z",
  type: "hired",
  agent_id: "agent-1",
});

describeWith("kafka", "a partition of which much waits for detection", () => {
  it("is read no further meanwhile, which is counted, and then without a gap", async () => {
    const broker = await startTestBroker();
    const config = broker.config("room", {
      tokenKey: `1:${Buffer.alloc(32, 7).toString("base64")}`,
    });
    const producer = createEventProducer({ config, log: quietLog });
    await producer.connect();
    await producer.send(Array.from({ length: count }, (_, index) => hired(index)));
    await producer.disconnect();
    const metrics = createMetrics();
    const taken: FeedSegment[] = [];
    const failures: Error[] = [];
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const feed = createEventFeed({
      config,
      decode: createDecodeContext(config, systemClock),
      startOffsets: async () => () => undefined,
      onSegment: async (segment) => {
        await opened;
        taken.push(segment);
      },
      metrics,
      log: quietLog,
      clock: systemClock,
      onFailure: (error) => failures.push(error),
    });
    const heldBack = async (): Promise<number> => {
      const metric = metrics.registry.getSingleMetric("deskwatch_detect_held_back_total");
      return (await metric?.get())?.values[0]?.value ?? 0;
    };
    await feed.start();
    await until(async () => (await heldBack()) > 0);
    open();
    const ids = () => new Set(taken.flatMap(({ events }) => events.map((one) => one.eventId)));
    await until(() => ids().size === count);
    const joins = taken.map(({ start }, n) => start - (taken[n - 1]?.end ?? 0));
    expect(joins.filter((gap) => gap !== 0)).toEqual([]);
    expect(failures).toEqual([]);
    await feed.stop();
    await broker.stop();
  });
});
