import {
  emptyTail,
  fitTail,
  learnTail,
  type TailFit,
  type TailPrior,
  tailSurprise,
} from "../../../../detectors/stats/exceedance-tail.ts";
import { createRandom } from "../../../helpers/support-desk.ts";

const rate = 0.05;
const ordinaryWindows = 4_000;

/** An exponential tail that is worth next to nothing before anything is seen. */
const prior: TailPrior = {
  level: 3,
  windows: 20,
  rate,
  excess: 1,
  square: 2,
  isExponential: true,
};
const trimmed: TailPrior = { ...prior, trimmedScales: 2 };

interface Desk {
  readonly seed: number;
  /** Of what exceeds the level. */
  readonly scale: number;
  /** Share of windows that are misuse, beyond most of what is ordinary. */
  readonly misuse: number;
}

function learnt({ seed, scale, misuse }: Desk, held: TailPrior): TailFit {
  const random = createRandom(seed);
  let tail = emptyTail;
  for (let n = 0; n < ordinaryWindows; n += 1) {
    const excess = -Math.log(1 - random());
    const isIn = random() < rate;
    const isMisuse = random() < misuse;
    const ordinary = isIn ? held.level + scale * excess : 0;
    const value = isMisuse ? held.level + 2 + 2 * excess : ordinary;
    tail = learnTail(tail, value, fitTail(tail, held));
  }
  return fitTail(tail, held);
}

/** −ln P(S > value) of ordinary work: by hand. */
const truth = (value: number, scale: number): number =>
  (value - prior.level) / scale - Math.log(rate);

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
function meanSurprise(desk: Omit<Desk, "seed">, held: TailPrior, value: number): number {
  const all = seeds.map((seed) => tailSurprise(value, learnt({ ...desk, seed }, held)));
  return all.reduce((sum, nats) => sum + nats, 0) / all.length;
}

describe("a tail of which the rarest windows teach nothing", () => {
  it.each([0.8, 1, 1.3])("is that of the whole of ordinary work: scale %d", (scale) => {
    const value = prior.level + 4 * scale;
    // Within what a factor of 1.5 in p makes.
    const apart = meanSurprise({ scale, misuse: 0 }, trimmed, value) - truth(value, scale);
    expect(Math.abs(apart)).toBeLessThan(Math.log(1.5));
  });

  it("is hardly wider on a desk that is misused, where one that learns nearly all is", () => {
    const value = prior.level + 8;
    const desk = { scale: 1, misuse: 0.01 };
    const lostOf = (held: TailPrior) => truth(value, 1) - meanSurprise(desk, held, value);
    expect(lostOf(trimmed)).toBeLessThan(lostOf(prior) / 2);
  });
});
