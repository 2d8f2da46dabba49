/** Times of the wire: RFC 3339 with an offset. */
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const minuteMs = 60_000;
const dayMs = 86_400_000;
/** `Date.UTC` reads the years 0 to 99 as 1900 to 1999; the calendar repeats after 400 years. */
const cycleYears = 400;
const cycleMs = Date.UTC(2400, 0) - Date.UTC(2000, 0);

/**
 * Milliseconds since 1970; finer digits are cut off. `undefined` for anything that RFC 3339 does not allow,
 * such as 30 February, a missing offset or a blank in place of the T. 23:59:60 UTC, a leap second, is the
 * first moment of the next day.
 */
export function parseRfc3339(text: string): EpochMs | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, sign] = match;
  const offsetMs = sign === undefined ? 0 : offsetOf(sign, Number(match[9]), Number(match[10]));
  if (offsetMs === undefined) return undefined;
  const date = dateMs(Number(year), Number(month), Number(day));
  const time = timeMs(Number(hour), Number(minute), Number(second));
  if (date === undefined || time === undefined) return undefined;
  const atMs = date + time - offsetMs;
  // A leap second ends a UTC day, in whatever offset it is written.
  if (second === "60" && ((atMs % dayMs) + dayMs) % dayMs !== 0) return undefined;
  return epochMs(atMs + millisecondsOf(fraction));
}

const millisecondsOf = (fraction: string | undefined): number =>
  fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, "0"));

function offsetOf(sign: string, hours: number, minutes: number): number | undefined {
  if (hours > 23 || minutes > 59) return undefined;
  return (sign === "-" ? -1 : 1) * (hours * 60 + minutes) * minuteMs;
}

function dateMs(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1) return undefined;
  const ms = Date.UTC(year + cycleYears, month - 1, day) - cycleMs;
  // A day that the month does not have rolls over into the next month.
  return new Date(ms).getUTCDate() === day ? ms : undefined;
}

function timeMs(hour: number, minute: number, second: number): number | undefined {
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  return ((hour * 60 + minute) * 60 + second) * 1000;
}
