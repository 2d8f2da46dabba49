/** Event time → the hour of the agent's own week: 0 to 23 on workdays, 24 to 47 at weekends. */

const hourMs = 3_600_000;
/** Zones that are remembered with their offset of the running hour. */
const zonesMax = 512;

interface Offset {
  readonly hour: number;
  readonly ms: number;
}

export interface LocalTime {
  /** Hour of the agent's week. */
  readonly hourOfWeek: (at: number, zone: string | undefined) => number;
  /** Number of the agent's working day; one ends when the night shift is over. */
  readonly day: (at: number, zone: string | undefined) => number;
}

/** Local hour at which one working day ends and the next begins. */
const dayBreak = 4;

/** Without a time zone, or with one that is no IANA name, by UTC: habits then show what is usual. */
export function createLocalTime(): LocalTime {
  const formats = new Map<string, Intl.DateTimeFormat | undefined>();
  const offsets = new Map<string, Offset>();
  const formatOf = (zone: string) => {
    if (!formats.has(zone)) {
      if (formats.size >= zonesMax) formats.clear();
      formats.set(zone, openFormat(zone));
    }
    return formats.get(zone);
  };
  const offsetAt = (at: number, zone: string): number => {
    const hour = Math.floor(at / hourMs);
    const known = offsets.get(zone);
    if (known?.hour === hour) return known.ms;
    const ms = offsetOf(formatOf(zone), hour * hourMs);
    if (offsets.size >= zonesMax) offsets.clear();
    offsets.set(zone, { hour, ms });
    return ms;
  };
  const localHours = (at: number, zone: string | undefined): number =>
    Math.floor((zone === undefined ? at : at + offsetAt(at, zone)) / hourMs);
  return {
    hourOfWeek: (at, zone) => {
      const hours = localHours(at, zone);
      // 1970-01-01 was a Thursday.
      const weekday = (Math.floor(hours / 24) + 4) % 7;
      const isWeekend = weekday === 0 || weekday === 6;
      return (((hours % 24) + 24) % 24) + (isWeekend ? 24 : 0);
    },
    day: (at, zone) => Math.floor((localHours(at, zone) - dayBreak) / 24),
  };
}

function openFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function offsetOf(format: Intl.DateTimeFormat | undefined, at: number): number {
  const name = format?.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value;
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name ?? "") ?? [];
  const size = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return sign === "-" ? -size : size;
}
