/**
 * The least that any alerter has to beat: as many alerts as ours, drawn blindly over the active agent-days of
 * the test period, each citing everything that the agent exposed on that day. Averaged over seeded draws.
 */
import { seededUniform } from "../stats/seeded-uniform.ts";
import type { AgentDay } from "./agent-days.ts";
import { judge } from "./judgement.ts";
import type { MaliciousEvents } from "./truth.ts";

const draws = 200;

export interface RandomAlerter {
  /** Alerts of each draw; fewer than asked for if there are not as many agent-days. */
  readonly alerts: number;
  readonly trueAlerts: number;
  /** How often, 0 to 1, a draw finds the episode. */
  readonly foundShare: ReadonlyMap<string, number>;
  /** How often, 0 to 1, a draw cites anything of the episode. */
  readonly touchedShare: ReadonlyMap<string, number>;
}

/** O(draws × alerts × events of a day). */
export function alertAtRandom(
  agentDays: readonly AgentDay[],
  alerts: number,
  malicious: MaliciousEvents,
): RandomAlerter {
  const found = new Map<string, number>();
  const touched = new Map<string, number>();
  const size = Math.min(alerts, agentDays.length);
  let trueAlerts = 0;
  for (let draw = 0; draw < draws; draw += 1) {
    const drawn = drawWithoutReplacement(agentDays, size, `random alerter|${draw}`);
    const judged = judge(
      drawn.map(({ eventIds }) => eventIds),
      malicious,
    );
    trueAlerts += judged.trueAlerts / draws;
    for (const id of judged.found) found.set(id, (found.get(id) ?? 0) + 1 / draws);
    for (const id of judged.touched) touched.set(id, (touched.get(id) ?? 0) + 1 / draws);
  }
  return { alerts: size, trueAlerts, foundShare: found, touchedShare: touched };
}

/** The first `size` of a Fisher–Yates shuffle, O(size); `size` at most as many as there are. */
export function drawWithoutReplacement<Value>(
  values: readonly Value[],
  size: number,
  seed: string,
): Value[] {
  const moved = new Map<number, number>();
  const drawn: Value[] = [];
  for (let n = 0; n < size; n += 1) {
    const place = n + Math.floor(seededUniform(seed, n) * (values.length - n));
    const value = values[moved.get(place) ?? place];
    moved.set(place, moved.get(n) ?? n);
    if (value !== undefined) drawn.push(value);
  }
  return drawn;
}
