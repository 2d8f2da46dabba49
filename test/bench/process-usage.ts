/** What another process of this machine has used so far, from /proc. */
import { readFileSync } from "node:fs";

export interface Usage {
  /** All threads, user and system. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** The most that was ever resident. */
  readonly residentBytesMax: number;
}

/** Linux counts CPU time in hundredths of a second. */
const ticksPerSecond = 100;

export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? Number.NaN);
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold blanks; user and system time are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentBytes: kilobytes("VmRSS") * 1024,
    residentBytesMax: kilobytes("VmHWM") * 1024,
  };
}
