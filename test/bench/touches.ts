/** How long it takes from a touched canary to its alert over HTTP, beside ordinary work at a fixed rate. */
import { setTimeout as wait } from "node:timers/promises";
import { createEventProducer, type EventProducer } from "../../ingest/kafka/event-producer.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import type { WireAccess, WireSubjectRef } from "../../ingest/simulator/wire-event.ts";
import { resultOf, startScript } from "./child.ts";
import type { PaceResult, PaceTask } from "./pace-process.ts";
import type { Service } from "./service.ts";
import type { Stage } from "./stage.ts";

export const touchesPerSecond = 2_000;
const touchesMax = 100;
/** Not a multiple of any timer of the service, so that touches come in all its phases. */
const betweenMs = 263;
const lookEveryMs = 40;
/** More than are touched while one is waited for. */
const alertsPerLook = 30;
/** Ordinary work runs this long before the first touch. */
const leadMs = 3_000;
export const touchEvents = touchesPerSecond * (leadMs + touchesMax * betweenMs + 5_000) * 1e-3;
const visibleMsMax = 30_000;

export interface TouchTimes {
  /** From before the send to the answer that holds the alert, ms, ascending. */
  readonly visible: readonly number[];
  /** From before the send to the broker's acknowledgement, ms, ascending. */
  readonly acknowledged: readonly number[];
}

interface Touching {
  readonly service: Service;
  readonly config: Config;
  readonly from: number;
}

export async function touchTimes(stage: Stage, touching: Touching): Promise<TouchTimes> {
  const { service, config, from } = touching;
  const task: PaceTask = {
    config,
    path: stage.mix.path,
    from,
    count: touchEvents,
    perSecond: touchesPerSecond,
  };
  const log = createLog({ logLevel: "silent" });
  const producer = createEventProducer({ config, log });
  await producer.connect();
  const pace = startScript("pace-process.ts", task);
  await wait(leadMs);
  const watch = watchAlerts(service);
  const touches: Promise<Touch>[] = [];
  for (let touch = 0; touch < touchesMax; touch += 1) {
    touches.push(touchOnce({ producer, watch }, stage.mix.canary, `bench-intruder-${touch}`));
    await wait(betweenMs);
  }
  const times = await Promise.all(touches);
  await watch.stop();
  await producer.disconnect();
  await resultOf<PaceResult>(pace);
  return {
    visible: ascending(times.map(({ visible }) => visible)),
    acknowledged: ascending(times.map(({ acknowledged }) => acknowledged)),
  };
}

interface Touch {
  readonly visible: number;
  readonly acknowledged: number;
}

interface Touched {
  readonly producer: Pick<EventProducer, "send">;
  readonly watch: AlertWatch;
}

async function touchOnce(
  { producer, watch }: Touched,
  canary: WireSubjectRef,
  agent: string,
): Promise<Touch> {
  const begun = performance.now();
  const seen = watch.seen(agent);
  await producer.send([touchOf(agent, canary)]);
  const acknowledged = performance.now() - begun;
  return { visible: (await seen) - begun, acknowledged };
}

interface AlertWatch {
  /** When an answer first holds an alert of this agent; rejects when none does in time. */
  readonly seen: (agent: string) => Promise<number>;
  readonly stop: () => Promise<void>;
}

interface Awaited {
  readonly since: number;
  readonly found: (at: number) => void;
  readonly failed: (error: Error) => void;
}

/**
 * Asks for the newest alerts over and over, one question at a time however many touches are waited for: were each
 * touch to ask for itself, a slower answer would make more questions, and these a slower answer.
 */
function watchAlerts(service: Service): AlertWatch {
  const awaited = new Map<string, Awaited>();
  let isStopped = false;
  const look = async (): Promise<void> => {
    const page = await service.get(`/v1/alerts?detector=canary&limit=${alertsPerLook}`);
    const at = performance.now();
    for (const agent of agentsIn(page)) {
      awaited.get(agent)?.found(at);
      awaited.delete(agent);
    }
    for (const [agent, { since, failed }] of awaited) {
      if (at - since < visibleMsMax) continue;
      failed(new Error(`no alert of ${agent} within ${visibleMsMax} ms`));
      awaited.delete(agent);
    }
  };
  const watching = (async () => {
    while (!isStopped) {
      if (awaited.size > 0) await look();
      await wait(lookEveryMs);
    }
  })();
  return {
    seen: (agent) =>
      new Promise((found, failed) => {
        awaited.set(agent, { since: performance.now(), found, failed });
      }),
    stop: async () => {
      isStopped = true;
      await watching;
    },
  };
}

function agentsIn(page: unknown): readonly string[] {
  const { items } = page as { readonly items: readonly { readonly agent_id: string }[] };
  return items.map(({ agent_id }) => agent_id);
}

const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);

/** The value that the share `part` of them does not exceed; `values` ascend. */
export const quantileOf = (values: readonly number[], part: number): number =>
  values[Math.min(values.length - 1, Math.ceil(part * values.length) - 1)] ?? Number.NaN;

const touchOf = (agent: string, canary: WireSubjectRef): WireAccess => ({
  kind: "access",
  event_id: `touch-${agent}-${systemClock.now()}`,
  time: new Date(systemClock.now()).toISOString(),
  console: "bench",
  agent: { id: agent, team: "bench", role: "agent", time_zone: "UTC" },
  session: {
    id: `session-${agent}`,
    ip: "192.0.2.1",
    user_agent: "bench",
    device_id: `device-${agent}`,
    country: "DE",
    asn: 64_496,
    auth_factor: "totp",
  },
  action: "view",
  outcome: "success",
  subjects: [canary],
  result_count: 1,
  fields: ["name"],
});
