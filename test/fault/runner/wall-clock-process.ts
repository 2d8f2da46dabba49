/**
 * Loaded before a program: its wall clock is off by as many milliseconds as the file says that
 * `FAULT_CLOCK_FILE` names. Whoever writes the file sets the clock of the machine, as it were. Timers go by another
 * clock, as they do on a real machine.
 */
import { readFileSync } from "node:fs";
import { processEnvironment } from "../../../ingest/runtime/config.ts";

const path = processEnvironment()["FAULT_CLOCK_FILE"] ?? "";
const lookEveryMs = 50;
const skewIn = (): number => Number(readFileSync(path, "utf8"));
let skewMs = skewIn();

const RightDate = Date;
const now = (): number => RightDate.now() + skewMs;
globalThis.Date = new Proxy(RightDate, {
  get: (date, name) => (name === "now" ? now : Reflect.get(date, name, date)),
  construct: (date, given) => Reflect.construct(date, given.length === 0 ? [now()] : given),
});

setInterval(() => {
  skewMs = skewIn();
}, lookEveryMs).unref();
