/** Detection's part: what `detect.ts` prints, measured in a process of its own, beside the parsing of its input. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type BenchRow, cost, cpuPer } from "./bench-row.ts";
import { recordsIn } from "./sample.ts";

const printed = /: (\d+) events, ([\d.]+) µs an event; \d+ agents, state (\d+) bytes \(p99 (\d+)\)/;
const printedOwn = /^ {2}([\w-]+): ([\d.]+) µs, state p99 (\d+) bytes$/gm;
const recordsMax = 50_000;
const stepMicrosecondsMax = 25;
const stateBytesMax = 8_192;

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
      target: stepMicrosecondsMax,
      limit: { name: "JSON.parse of the same lines", value: cpuPer(records.length, parse) },
    }),
    cost({
      name: "detect.state_p99",
      value: Number(stateP99),
      unit: "bytes/agent",
      target: stateBytesMax,
      limit: { name: "state of the median agent", value: Number(stateMedian) },
    }),
    ...[...text.matchAll(printedOwn)].flatMap(([, detector, own, state]) => [
      cost({
        name: `detect.step.${detector}`,
        value: Number(own),
        unit: "µs CPU/event",
        limit: { name: "all detectors together", value: Number(perEvent) },
      }),
      cost({
        name: `detect.state_p99.${detector}`,
        value: Number(state),
        unit: "bytes/agent",
        limit: { name: "all state of the agent at p99", value: Number(stateP99) },
      }),
    ]),
  ];
}
