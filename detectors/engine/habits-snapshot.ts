/** Habits and traces in packed form and back. Fingerprints have 24 bits, so single precision holds them. */
import { type Habits, hoursOfWeek, type Trace } from "./habits.ts";
import { type Packer, packList, type Unpacker, unpackList } from "./packing.ts";
import type { Rhythm } from "./rhythm.ts";

type Mixes = Pick<Trace, "tenants" | "teams" | "devices" | "networks">;

function packMixes(packer: Packer, { tenants, teams, devices, networks }: Mixes): void {
  for (const mix of [tenants, teams]) {
    packer.number(mix.size);
    for (const [key, weight] of mix) {
      packer.float(key);
      packer.float(weight);
    }
  }
  packList(packer, [...devices], packer.float);
  packList(packer, [...networks], packer.float);
}

function unpackMixes(unpacker: Unpacker): Mixes {
  const pair = (): [number, number] => [unpacker.float(), unpacker.float()];
  return {
    tenants: new Map(unpackList(unpacker, pair)),
    teams: new Map(unpackList(unpacker, pair)),
    devices: new Set(unpackList(unpacker, unpacker.float)),
    networks: new Set(unpackList(unpacker, unpacker.float)),
  };
}

export function packHabits(packer: Packer, habits: Habits): void {
  packer.number(habits.at);
  packer.number(habits.since);
  packer.number(habits.isOnCall ? 1 : 0);
  packer.number(habits.leaveAt);
  packer.number(habits.toldAt.onCall);
  packer.number(habits.toldAt.leave);
  packer.number(habits.toldAt.team);
  packer.number(habits.silenceMs);
  packer.number(habits.sessions);
  packMixes(packer, habits);
  packList(packer, habits.hours, packer.float);
}

export function unpackHabits(unpacker: Unpacker): Habits {
  const at = unpacker.number();
  const since = unpacker.number();
  const isOnCall = unpacker.number() === 1;
  const leaveAt = unpacker.number();
  const toldAt = { onCall: unpacker.number(), leave: unpacker.number(), team: unpacker.number() };
  const silenceMs = unpacker.number();
  const sessions = unpacker.number();
  const mixes = unpackMixes(unpacker);
  const hours = unpackList(unpacker, unpacker.float);
  if (hours.length !== hoursOfWeek) throw new RangeError("habits of another week");
  return { at, since, isOnCall, leaveAt, toldAt, silenceMs, sessions, ...mixes, hours };
}

export function packTrace(packer: Packer, trace: Trace): void {
  packList(packer, [...trace.hours], packer.number);
  packMixes(packer, trace);
}

export function unpackTrace(unpacker: Unpacker): Trace {
  return { hours: new Set(unpackList(unpacker, unpacker.number)), ...unpackMixes(unpacker) };
}

export function packRhythm(packer: Packer, { day, hours, days, sleepless, isRobot }: Rhythm): void {
  packer.number(day);
  packer.number(hours);
  packer.float(days);
  packer.float(sleepless);
  packer.number(isRobot ? 1 : 0);
}

export const unpackRhythm = (unpacker: Unpacker): Rhythm => ({
  day: unpacker.number(),
  hours: unpacker.number(),
  days: unpacker.float(),
  sleepless: unpacker.float(),
  isRobot: unpacker.number() === 1,
});
