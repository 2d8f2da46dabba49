import {
  emptyTail,
  fitTail,
  learnTail,
  type TailPrior,
  tailSurprise,
} from "../../../../detectors/stats/exceedance-tail.ts";
import { createRandom } from "../../../helpers/support-desk.ts";

const prior: TailPrior = {
  level: 3,
  windows: 100,
  rate: 0.05,
  excess: 1.2,
  square: 2.3 * 1.2 * 1.2,
  isExponential: true,
};
const floored: TailPrior = { ...prior, scaleMin: 1 };

/** The tail after windows of which one in twenty lies above the level, by what has mean `scale`. */
function seen(windows: number, scale: number, given: TailPrior) {
  const random = createRandom(7);
  let tail = emptyTail;
  for (let n = 0; n < windows; n += 1) {
    const excess = -Math.log(1 - random()) * scale;
    tail = learnTail(tail, random() < 0.05 ? 3 + excess : 0, fitTail(tail, given));
  }
  return fitTail(tail, given);
}

describe("the tail of a surprise", () => {
  it("is learnt where it is heavier than its theory", () => {
    expect(seen(20_000, 2, floored).scale).toBeGreaterThan(1.6);
  });

  it("falls off no faster than its theory, however few high windows were seen", () => {
    const light = seen(20_000, 0.4, floored);
    expect(light.scale).toBe(1);
    // By theory one in e^5 of the windows above the level lies another five nats above it.
    expect(tailSurprise(8, light) + light.logRate).toBeLessThanOrEqual(5);
    const free = seen(20_000, 0.4, prior);
    expect(tailSurprise(8, free) + free.logRate).toBeGreaterThan(8);
  });
});
