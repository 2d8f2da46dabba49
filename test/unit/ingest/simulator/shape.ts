/** The numbers by which real support logs are told from invented ones. */
import type { WireAccess, WireEvent } from "../../../../ingest/simulator/wire-event.ts";
import { groupBy } from "./contract.ts";

/** Accesses of people to subjects. */
export function lookUps(events: Iterable<WireEvent>): readonly WireAccess[] {
  return [...events].filter(
    (event): event is WireAccess =>
      event.kind === "access" && event.subjects !== undefined && event.agent.role !== "service",
  );
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** Mean and variance of accesses per day at work, of agents with at least ten such days. */
export function countsPerAgent(accesses: readonly WireAccess[]): readonly Moments[] {
  const byAgent = groupBy(accesses, ({ agent }) => agent.id);
  return [...byAgent.values()]
    .map((own) => [...groupBy(own, ({ time }) => time.slice(0, 10)).values()])
    .filter((perDay) => perDay.length >= 10)
    .map((perDay) => momentsOf(perDay.map((day) => day.length)));
}

export function momentsOf(values: readonly number[]): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}

export function median(values: readonly number[]): number {
  return (
    values.toSorted((left, right) => left - right).at(Math.floor(values.length / 2)) ?? Number.NaN
  );
}

/** Share of accesses to one subject that are the agent's first to that subject. */
export function firstContactShare(accesses: readonly WireAccess[]): number {
  const single = accesses.filter(({ subjects }) => subjects?.length === 1);
  const pairs = new Set(
    single.flatMap(({ agent, subjects = [] }) => subjects.map(({ id }) => `${agent.id} ${id}`)),
  );
  return pairs.size / single.length;
}

/** Share of an agent's hops to another subject that come within `withinMs`. */
export function fastHopShare(accesses: readonly WireAccess[], withinMs: number): number {
  const own = [...groupBy(accesses, ({ agent }) => agent.id).values()];
  const hops = own.flatMap((events) =>
    events.flatMap(({ time, subjects }, index) => {
      const last = events[index - 1];
      const isHop = last !== undefined && last.subjects?.[0]?.id !== subjects?.[0]?.id;
      return isHop ? [Date.parse(time) - Date.parse(last.time)] : [];
    }),
  );
  return hops.filter((ms) => ms <= withinMs).length / hops.length;
}
