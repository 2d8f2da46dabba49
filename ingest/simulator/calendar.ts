/** When people work and call: local time, the week's shape, and days that are not like others. */
import { createRandom } from "./random.ts";

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const minuteMs = 60_000;

/** 00:00 UTC of the day that holds `at`. */
export const utcDayOf = (at: number) => Math.floor(at / dayMs) * dayMs;

/** 0 = Sunday, of a UTC day; 1970-01-01 was a Thursday. */
export const weekdayOf = (at: number) => (Math.floor(at / dayMs) + 4) % 7;

/** How often customers write or call, by local hour; sums to 24. Peaks mid-morning and after lunch. */
const byHour = [
  0.25, 0.18, 0.14, 0.12, 0.14, 0.25, 0.5, 0.95, 1.55, 2.0, 2.15, 2.0, 1.6, 1.75, 1.9, 1.8, 1.6,
  1.35, 1.05, 0.85, 0.7, 0.55, 0.37, 0.25,
];
const byWeekday = [0.35, 1.3, 1.15, 1.1, 1.05, 1.0, 0.45];

/** The largest value that `demandAt` gives on an ordinary day. */
export const demandMax = 2.15 * 1.3;

/** Customers' demand at a local time, relative to the week's mean hour. */
export function demandAt(localMs: number): number {
  const hour = Math.floor((localMs - utcDayOf(localMs)) / hourMs);
  return (byHour[hour] ?? 1) * (byWeekday[weekdayOf(localMs)] ?? 1);
}

/** Factor of one UTC day that hits the whole organisation: weather, releases, an outage every month. */
export function dayShock(seed: string, at: number): number {
  const random = createRandom(`${seed}/day/${Math.floor(at / dayMs)}`);
  return random.gamma(14) * (random.chance(1 / 30) ? 1.8 : 1);
}

export interface LocalTime {
  /** Local minus universal time at `at`, milliseconds; right to the hour of a daylight-saving change. */
  readonly offsetMs: (zone: string, at: number) => number;
}

/** Looks a zone's offset up once a UTC day, at noon: Intl costs 10 µs, a shift begins after 05:00. */
export function createLocalTime(): LocalTime {
  const formats = new Map<string, Intl.DateTimeFormat>();
  const known = new Map<string, { readonly day: number; readonly offset: number }>();
  const formatOf = (zone: string) => {
    const format =
      formats.get(zone) ??
      new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
    return format;
  };
  return {
    offsetMs: (zone, at) => {
      const day = utcDayOf(at);
      const last = known.get(zone);
      if (last?.day === day) return last.offset;
      const name = formatOf(zone)
        .formatToParts(day + dayMs / 2)
        .find(({ type }) => type === "timeZoneName")?.value;
      const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name ?? "") ?? [];
      const size = Number(hours ?? 0) * hourMs + Number(minutes ?? 0) * minuteMs;
      const offset = sign === "-" ? -size : size;
      known.set(zone, { day, offset });
      return offset;
    },
  };
}
