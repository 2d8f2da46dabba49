/** The alerters that ours is compared with. */
import type { AgentDay } from "../../../../detectors/evaluation/agent-days.ts";
import { baselines, topDays } from "../../../../detectors/evaluation/baselines.ts";
import {
  alertAtRandom,
  drawWithoutReplacement,
} from "../../../../detectors/evaluation/random-alerter.ts";
import { maliciousEventsOf } from "../../../../detectors/evaluation/truth.ts";
import { episode, truthOf } from "./labelled.ts";

const agentDay = (agent: string, day: number, subjects: number): AgentDay => ({
  agent,
  day,
  eventIds: [`${agent}-${day}`],
  subjects,
  firstTouches: subjects,
});

describe("the random alerter", () => {
  const days = Array.from({ length: 40 }, (_, n) => agentDay(`a${n}`, 0, 1));
  const malicious = maliciousEventsOf(truthOf([episode("one", ["a7-0"])]));

  it("finds an episode of one agent-day as often as that day is drawn", () => {
    // 10 of 40 days: 0.25 with a standard error of 0.03 over 200 draws.
    const { alerts, trueAlerts, foundShare } = alertAtRandom(days, 10, malicious);
    expect(alerts).toBe(10);
    expect(foundShare.get("one")).toBeGreaterThan(0.13);
    expect(foundShare.get("one")).toBeLessThan(0.37);
    expect(trueAlerts).toBeCloseTo(foundShare.get("one") ?? 0, 9);
  });

  it("draws every day once when as many alerts as days are asked for, and no more than there are", () => {
    expect(drawWithoutReplacement([1, 2, 3, 4, 5], 5, "seed").sort()).toEqual([1, 2, 3, 4, 5]);
    expect(alertAtRandom(days, 99, malicious)).toMatchObject({ alerts: 40 });
  });

  it("draws the same for the same seed", () => {
    const draw = (seed: string) => drawWithoutReplacement(days, 5, seed);
    expect(draw("one")).toEqual(draw("one"));
    expect(draw("one")).not.toEqual(draw("two"));
  });
});

describe("a baseline", () => {
  /** Ten quiet days of two agents, a usual one and a busy one; then the usual one is as busy. */
  const history = Array.from({ length: 10 }, (_, n) => [
    agentDay("usual", n, 4 + (n % 3)),
    agentDay("busy", n, 40 + (n % 3)),
  ]).flat();
  const days = [...history, agentDay("usual", 10, 30), agentDay("busy", 10, 41)];
  const isTest = ({ day }: AgentDay) => day >= 8;
  const firstOf = (name: string) => {
    const scorer = baselines[name];
    if (scorer === undefined) throw new Error(`no baseline ${name}`);
    return topDays(days, scorer, { alerts: 1, isTest }).map(({ agent, day }) => [agent, day]);
  };

  it("without a memory takes the busiest day", () => {
    // 42 subjects on day 8, 40 on day 9, 41 on day 10.
    expect(firstOf("static threshold")).toEqual([["busy", 8]]);
  });

  it.each(["z-score", "EWMA", "NB on first touches"])(
    "with a memory (%s) takes the day that is unlike the agent's own",
    (name) => {
      expect(firstOf(name)).toEqual([["usual", 10]]);
    },
  );

  it("alerts on days of the test period only", () => {
    const scorer = baselines["static threshold"] ?? (() => []);
    const top = topDays(days, scorer, { alerts: 99, isTest });
    expect(top).toHaveLength(6);
    expect(top.every(isTest)).toBe(true);
  });
});
