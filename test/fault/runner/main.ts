/**
 * Real processes, a real broker, and everything that goes wrong between them.
 *
 *   npm run fault [-- [--minutes N] [--seed N] [NAME…]]
 *
 * NAME: see the folder `scenarios` (default: all). --minutes: how long all runs together may be about, apart from
 * the time in which the system recovers (default 40); it decides how many events and faults there are. Ends with 1
 * when anything was lost, doubled, edited or stuck.
 */
import { parseArgs } from "node:util";
import { seeded } from "../../unit/ingest/kafka/seeded-random.ts";
import { scenarios } from "./all-scenarios.ts";
import { openBrokerHost } from "./broker-host.ts";
import { type RunReport, runScenario } from "./scenario-run.ts";
import type { Scale } from "./scene.ts";

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** By experiment: an event costs about a millisecond of all processes together. */
const scaleOf = (minutes: number): Scale => ({
  events: Math.round(minutes * 1_250),
  awayMs: Math.min(600_000, minutes * 30_000),
  faults: Math.max(1, Math.round(minutes / 8)),
  pace: 1,
});

function show({ name, records, seconds, notes, wrong }: RunReport): void {
  const noted = [...notes].map(([what, value]) => `${what} ${value}`).join(", ");
  const verdict = wrong.length === 0 ? "ok" : "WRONG";
  say(
    `${verdict.padEnd(6)}${name.padEnd(18)}${`${records}`.padStart(8)} records ${seconds.toFixed(0).padStart(5)} s  ${noted}`,
  );
  for (const what of wrong) say(`      ${what.replaceAll("\n", "\n      ")}`);
}

/** One broker and its proxy are told by each process that runs when this one ends. */
const listenersMax = 100;

async function main(): Promise<void> {
  process.setMaxListeners(listenersMax);
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: "string", default: "40" },
      seed: { type: "string", default: "1" },
    },
  });
  const names = scenarios.map(({ name }) => name);
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`no scenario is called ${unknown}; ${names}`);
  const chosen = scenarios.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  );
  const seed = Number(values.seed);
  const scale = scaleOf(Number(values.minutes));
  say(`seed ${seed}, ${scale.events} events a scenario`);
  const broker = await openBrokerHost(seeded(seed));
  let records = 0;
  let wrong = 0;
  try {
    for (const scenario of chosen) {
      const report = await runScenario(scenario, { broker, scale, seed });
      show(report);
      records += report.records;
      wrong += report.wrong.length;
    }
  } finally {
    await broker.close();
  }
  say(`${records} records, ${wrong} wrong`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

void main();
