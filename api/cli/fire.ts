/** Fires one misuse into a running system: through the broker if there is one, else through its inbox. */
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { isEmbeddedHeld } from "../../ingest/clickhouse/open-clients.ts";
import { createDesk, type Desk } from "../../ingest/simulator/desk.ts";
import { misuses, planMisuse } from "../../ingest/simulator/misuse-catalogue.ts";
import type { WireEvent } from "../../ingest/simulator/wire-event.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { demoFolderOf, inboxOf, readDeskPlan } from "./demo-place.ts";
import { openKafkaSink, openNdjsonSink, type StreamSink } from "./stream-sink.ts";

/** The whole misuse is squeezed into this time, beginning now. Milliseconds. */
const squeezedMs = 3_000;

interface FireRequest {
  readonly id: string;
  readonly agentId: string | undefined;
  /** Size of the desk when no demo tells it. */
  readonly agents: number;
}

export interface Fired {
  readonly misuse: string;
  readonly agent_ids: readonly string[];
  readonly events: number;
  /** Where the events were put. */
  readonly into: string;
}

/** Throws `CommandError` when the misuse is unknown or no running system is found. */
export async function fireMisuse(context: Context, request: FireRequest): Promise<Fired> {
  if (!misuses.some(({ id }) => id === request.id)) {
    throw new CommandError(`there is no misuse ${request.id}; see --list`, 2);
  }
  const at = context.clock.now();
  const planned = planMisuse({
    id: request.id,
    seed: `${at}`,
    at,
    desk: deskOf(context, request.agents, at),
    withinMs: squeezedMs,
    ...(request.agentId === undefined ? {} : { agentId: request.agentId }),
  });
  if (planned === undefined) throw new CommandError(`${request.id} cannot be played now`, 1);
  const into = await deliver(context, planned.events);
  return {
    misuse: request.id,
    agent_ids: planned.truth.agent_ids,
    events: planned.events.length,
    into,
  };
}

function deskOf({ config }: Context, agents: number, at: number): Desk {
  const plan = readDeskPlan(demoFolderOf(config)) ?? { seed: "deskwatch", agents, start: at };
  return createDesk(plan);
}

async function deliver(context: Context, events: readonly WireEvent[]): Promise<string> {
  if (context.config.kafkaBrokers.length > 0) {
    await writeAll(await openKafkaSink(context), events);
    return "kafka";
  }
  const inbox = inboxInUse(context);
  if (inbox === undefined) {
    throw new CommandError(
      "no running system found: start `deskwatch demo` or `deskwatch up`, or set KAFKA_BROKERS",
      1,
    );
  }
  const name = `misuse-${events[0]?.event_id ?? "none"}.ndjson`;
  const partial = join(inbox, `.${name}.partial`);
  await writeAll(openNdjsonSink(partial), events);
  renameSync(partial, join(inbox, name));
  return inbox;
}

/** Of the system that runs: what is put into the inbox of one that does not would alert at its next start. */
function inboxInUse({ config }: Context): string | undefined {
  const isServed = config.clickhouseUrl !== "";
  const folder = [demoFolderOf(config), config.dataDir].find(
    (dataDir) => isEmbeddedHeld(dataDir) || (isServed && dataDir === config.dataDir),
  );
  const inbox = folder === undefined ? undefined : inboxOf(folder);
  return inbox !== undefined && existsSync(inbox) ? inbox : undefined;
}

async function writeAll(sink: StreamSink, events: readonly WireEvent[]): Promise<void> {
  for (const event of events) await sink.write(event);
  await sink.close();
}
