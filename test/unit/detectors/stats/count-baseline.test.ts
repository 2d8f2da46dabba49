import {
  type CountHistory,
  emptyHistory,
  emptyPeers,
  learnOwn,
  learnPeers,
  type PeerHistory,
  predict,
} from "../../../../detectors/stats/count-baseline.ts";
import { createRandom, gamma, poisson } from "../../../helpers/support-desk.ts";

/** `agents` agents of gamma means (shape `spread`, mean `mean`) with windows of size `size`. */
function population(
  seed: number,
  shape: { mean: number; spread: number; size: number },
  windows = 60,
) {
  const random = createRandom(seed);
  const agents = Array.from({ length: 40 }, () => ({
    mean: shape.mean * gamma(random, shape.spread),
    own: emptyHistory as CountHistory,
  }));
  let peers: PeerHistory = emptyPeers;
  for (let n = 0; n < windows; n += 1) {
    for (const agent of agents) {
      const count = poisson(random, agent.mean * gamma(random, shape.size));
      const { mean } = predict(agent.own, peers);
      peers = learnPeers(peers, agent.own, count, 1);
      agent.own = learnOwn(agent.own, count, mean, 1);
    }
  }
  return { agents, peers };
}

describe("baseline of a count", () => {
  it("starts an unknown agent from its peers, and wider than any of them", () => {
    const { agents, peers } = population(1, { mean: 8, spread: 2, size: 1.5 });
    const stranger = predict(emptyHistory, peers);
    expect(stranger.mean).toBeGreaterThan(5);
    expect(stranger.mean).toBeLessThan(11);
    expect(stranger.ownShare).toBe(0);
    const known = agents.map(({ own }) => predict(own, peers).size).sort((a, b) => a - b);
    expect(stranger.size).toBeLessThan(known[Math.floor(known.length / 2)] ?? 0);
  });

  it("finds each agent's own mean within a quarter after sixty windows", () => {
    const { agents, peers } = population(2, { mean: 8, spread: 2, size: 3 });
    const off = agents.map(({ mean, own }) => Math.abs(predict(own, peers).mean / mean - 1));
    expect(off.filter((share) => share < 0.25).length).toBeGreaterThan(32);
  });

  it("finds the burstiness of windows: size 0.7 apart from size 5", () => {
    const median = (size: number): number => {
      const { agents, peers } = population(3, { mean: 8, spread: 2, size });
      const sizes = agents.map(({ own }) => predict(own, peers).size).sort((a, b) => a - b);
      return sizes[20] ?? 0;
    };
    expect(median(0.7)).toBeGreaterThan(0.4);
    expect(median(0.7)).toBeLessThan(1);
    expect(median(5)).toBeGreaterThan(2.5);
  });

  it("learns a robot's volume and steadiness as its own, whatever it is called", () => {
    const { peers } = population(4, { mean: 8, spread: 2, size: 1.5 });
    const random = createRandom(9);
    let robot: CountHistory = emptyHistory;
    for (let n = 0; n < 60; n += 1) {
      robot = learnOwn(robot, poisson(random, 400), predict(robot, peers).mean, 1);
    }
    const { mean, size, ownShare } = predict(robot, peers);
    expect(Math.abs(mean - 400)).toBeLessThan(60);
    expect(ownShare).toBeGreaterThan(0.8);
    // Sd of the prediction at most 250 around 400, so 2,000 stands out and 500 does not.
    expect(mean + (mean * mean) / size).toBeLessThan(250 ** 2);
  });

  it("does not take silence for regularity: a rare count that never burst stays bursty", () => {
    const { agents, peers } = population(5, { mean: 0.05, spread: 1, size: 0.05 }, 100);
    const quiet = agents.filter(({ own }) => own.sum === 0);
    expect(quiet.length).toBeGreaterThan(0);
    for (const { own } of quiet) expect(predict(own, peers).size).toBeLessThan(0.5);
  });
});
