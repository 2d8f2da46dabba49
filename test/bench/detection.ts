/** Detection's part: what `detect.ts` prints, measured in a process of its own, beside the parsing of its input. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type BenchRow, cost, cpuPer } from "./bench-row.ts";
import { recordsIn } from "./sample.ts";

const printed = /: (\d+) events, ([\d.]+) µs an event; \d+ agents, state (\d+) bytes \(p99 (\d+)\)/;
const recordsMax = 50_000;

/** `path`: NDJSON, .gz. Throws when `detect.ts` prints something else. */
export function benchDetection(path: string): BenchRow[] {
  const script = join(import.meta.dirname, "detect.ts");
  const text = execFileSync(process.execPath, ["--import", "tsx", script, path], {
    encoding: "utf8",
  });
  const [, , perEvent, stateMedian, stateP99] = printed.exec(text) ?? [];
  if (perEvent === undefined) throw new Error(`detect.ts printed something else: ${text}`);
  const records = recordsIn(path, recordsMax);
  const parse = () => records.map(({ value }) => JSON.parse(value?.toString("utf8") ?? "null"));
  return [
    cost({
      name: "detect.step",
      value: Number(perEvent),
      unit: "µs CPU/event",
      limit: { name: "JSON.parse of the same lines", value: cpuPer(records.length, parse) },
    }),
    cost({
      name: "detect.state_p99",
      value: Number(stateP99),
      unit: "bytes/agent",
      limit: { name: "state of the median agent", value: Number(stateMedian) },
    }),
  ];
}
