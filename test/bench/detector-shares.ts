/** What each detector has of the cost of all: of the time by a sampled profile, of the state by leaving its part out. */
import { type Profiler, Session } from "node:inspector";
import { promisify } from "node:util";
import { packAgent, unpackAgent } from "../../detectors/engine/agent-snapshot.ts";
import type { AgentState } from "../../detectors/engine/agent-state.ts";
import type { SnapshotRow } from "../../detectors/engine/engine.ts";
import { createPacker, createUnpacker } from "../../detectors/engine/packing.ts";
import { readDense } from "../../detectors/engine/printed-state.ts";
import { type Dimensions, dimensionsOf, windowKinds } from "../../detectors/evidence/dimension.ts";
import type { Counts } from "../../detectors/evidence/window.ts";
import { openRegistry } from "../../detectors/registry.ts";

const sampleEveryMicroseconds = 200;
const consoleDetectors = openRegistry().filter(({ over }) => over === "agents");

/** Where what runs is in a file of `rules/`, the name of that file. */
const ruleIn = (url: string): string | undefined =>
  /\/detectors\/rules\/([^/]+)\.ts$/.exec(url)?.[1];

/** Runs `work` under the profiler; by detector the share of the samples in its own file, or called from there. */
export async function timeShares(work: () => void): Promise<ReadonlyMap<string, number>> {
  const session = new Session();
  session.connect();
  const post = promisify<string, object, unknown>((method, params, done) =>
    session.post(method, params, done),
  );
  await post("Profiler.enable", {});
  await post("Profiler.setSamplingInterval", { interval: sampleEveryMicroseconds });
  await post("Profiler.start", {});
  work();
  const { profile } = (await post("Profiler.stop", {})) as Profiler.StopReturnType;
  session.disconnect();
  return sharesIn(profile);
}

function sharesIn({ nodes, samples = [] }: Profiler.Profile): ReadonlyMap<string, number> {
  const rules = rulesOf(nodes);
  const shares = new Map<string, number>();
  for (const id of samples) {
    const rule = rules.get(id);
    if (rule !== undefined) shares.set(rule, (shares.get(rule) ?? 0) + 1 / samples.length);
  }
  return shares;
}

/** Of each node the rule that it runs for. A caller stands before whom it calls. */
function rulesOf(nodes: readonly Profiler.ProfileNode[]): ReadonlyMap<number, string> {
  const rules = new Map<number, string>();
  for (const { id, callFrame, children = [] } of nodes) {
    const rule = rules.get(id) ?? ruleIn(callFrame.url);
    if (rule === undefined) continue;
    for (const node of [id, ...children]) rules.set(node, rule);
  }
  return rules;
}

/** By detector the bytes by which each agent's state is shorter without its part, before it is printed; ascending. */
export function stateShares(rows: readonly SnapshotRow[]): ReadonlyMap<string, readonly number[]> {
  const agents = rows.filter(({ key }) => key.startsWith("agent/")).map(readAgent);
  const dimensions = dimensionsOf(consoleDetectors);
  const packer = createPacker();
  const shares = new Map<string, readonly number[]>();
  for (const { meta } of consoleDetectors) {
    const bytes = agents.map(({ packed, agent, policy }) => {
      const rest = packAgent(packer, without(agent, meta.id, dimensions)).length;
      return packed - rest + Buffer.byteLength(policy[meta.id] ?? "");
    });
    shares.set(
      meta.id,
      bytes.toSorted((a, b) => a - b),
    );
  }
  return shares;
}

function readAgent({ state }: SnapshotRow) {
  // As the agent book prints it.
  const { packed: printed, policy } = JSON.parse(state) as {
    readonly packed: string;
    readonly policy: Readonly<Record<string, string>>;
  };
  const packed = readDense(printed);
  return { packed: packed.length, agent: unpackAgent(createUnpacker(), packed), policy };
}

/** The agent as it would be remembered if the detector were none. */
function without(agent: AgentState, detector: string, dimensions: Dimensions): AgentState {
  const { byProcess, counts, trials } = dimensions;
  const kept =
    (places: readonly { readonly detector: string }[]) =>
    <Value>(values: readonly Value[]): Value[] =>
      values.filter((_, n) => places[n]?.detector !== detector);
  const keptCounts = kept(counts);
  const keptTrials = kept(trials);
  const keptIn = (all: Counts, models: readonly { readonly detector: string }[]): Counts => ({
    ...all,
    totals: keptCounts(all.totals),
    peaks: keptCounts(all.peaks),
    trials: keptTrials(all.trials),
    models: kept(models)(all.models),
    rates: keptTrials(all.rates),
  });
  const histories = { ...agent.histories };
  for (const kind of windowKinds) histories[kind] = kept(byProcess[kind])(agent.histories[kind]);
  const sessions = [...agent.sessions].map(([key, session]): [string, typeof session] => [
    key,
    { ...session, counts: session.counts && keptIn(session.counts, byProcess.session) },
  ]);
  const { day, run } = agent;
  return {
    ...agent,
    histories,
    rates: keptTrials(agent.rates),
    sessions: new Map(sessions),
    day: day && { ...day, counts: keptIn(day.counts, byProcess["agent-day"]) },
    run: run && {
      ...run,
      drifts: kept(byProcess["agent-run"])(run.drifts),
      slow: {
        histories: keptCounts(run.slow.histories),
        rates: keptTrials(run.slow.rates),
      },
    },
  };
}
