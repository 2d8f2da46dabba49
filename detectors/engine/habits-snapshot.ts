/** Habits and traces in packed form and back. Fingerprints have 24 bits, so single precision holds them. */
import { z } from "zod";
import { type Habits, hoursOfWeek, type Trace } from "./habits.ts";
import { packFloats, unpackFloats } from "./packing.ts";

export const traceSchema = z.object({
  hours: z.string(),
  tenants: z.string(),
  teams: z.string(),
  devices: z.string(),
  networks: z.string(),
});
export const habitsSchema = traceSchema.extend({
  isOnCall: z.boolean(),
  at: z.number(),
  sessions: z.number(),
});

type Mixes = Pick<Trace, "tenants" | "teams" | "devices" | "networks">;

function printMixes({ tenants, teams, devices, networks }: Mixes) {
  return {
    tenants: packFloats([...tenants].flat()),
    teams: packFloats([...teams].flat()),
    devices: packFloats([...devices]),
    networks: packFloats([...networks]),
  };
}

function readMixes(printed: z.infer<typeof traceSchema>): Mixes {
  return {
    tenants: pairs(printed.tenants),
    teams: pairs(printed.teams),
    devices: new Set(unpackFloats(printed.devices)),
    networks: new Set(unpackFloats(printed.networks)),
  };
}

function pairs(packed: string): Map<number, number> {
  const values = unpackFloats(packed);
  const map = new Map<number, number>();
  for (let n = 0; n + 1 < values.length; n += 2) map.set(values[n] ?? 0, values[n + 1] ?? 0);
  return map;
}

export function printTrace(trace: Trace): z.infer<typeof traceSchema> {
  return { hours: packFloats([...trace.hours]), ...printMixes(trace) };
}

export function readTrace(printed: z.infer<typeof traceSchema>): Trace {
  return { hours: new Set(unpackFloats(printed.hours)), ...readMixes(printed) };
}

export function printHabits(habits: Habits): z.infer<typeof habitsSchema> {
  const { at, sessions, hours, isOnCall } = habits;
  const used = [...hours.entries()].filter(([, weight]) => weight > 0).flat();
  return { at, sessions, isOnCall, hours: packFloats(used), ...printMixes(habits) };
}

export function readHabits(printed: z.infer<typeof habitsSchema>): Habits {
  const hours = new Array<number>(hoursOfWeek).fill(0);
  for (const [hour, weight] of pairs(printed.hours)) hours[hour] = weight;
  const { at, sessions, isOnCall } = printed;
  return { at, sessions, isOnCall, hours, ...readMixes(printed) };
}
