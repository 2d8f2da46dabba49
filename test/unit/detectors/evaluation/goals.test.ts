/**
 * The gate: detection keeps what it promises on the smallest of the five benchmark organisations, which takes less than
 * a minute of CPU with its twin in which nobody misuses anything.
 *
 * The limits come from the goals and from how much chance moves a sample of this size, not from what was measured:
 * a figure fails where a detection that just reaches its goal would fare so badly in fewer than one run in a hundred.
 * Alerts and episodes are taken for independent draws (binomial), false alerts for a Poisson count. Episodes of one
 * organisation are a little alike, so a failure here is a reason to look at all five, and a pass proves no goal.
 */
import { type Evaluation, evaluate } from "../../../../detectors/evaluation/evaluation.ts";
import type { Scorecard } from "../../../../detectors/evaluation/scorecard.ts";
import { evaluationOrganisations } from "../../../../ingest/simulator/evaluation/evaluation-organisations.ts";
import { readOrganisation } from "../../../helpers/labelled-organisation.ts";

const goals = { precision: 0.6, recall: 0.75, falsePer100AgentDays: 1, ks: 0.05 };
/** What a detection at its goal does worse than in this share of runs. */
const chance = 0.01;
/** Upper 1 % point of √n times the Kolmogorov–Smirnov distance of n uniform draws (Smirnov 1948). */
const ksPoint = 1.63;

/** The fewest of `draws` that are not too few at the goal's `share`: P(X ≤ k) ≥ `chance`, X binomial. */
function fewest(draws: number, share: number): number {
  let mass = (1 - share) ** draws;
  let below = mass;
  let k = 0;
  while (below < chance) {
    mass *= ((draws - k) / (k + 1)) * (share / (1 - share));
    k += 1;
    below += mass;
  }
  return k;
}

/** The most that are not too many where `mean` are allowed: P(X > k) ≤ `chance`, X Poisson. */
function most(mean: number): number {
  let mass = Math.exp(-mean);
  let below = mass;
  let k = 0;
  while (1 - below > chance) {
    k += 1;
    mass *= mean / k;
    below += mass;
  }
  return k;
}

const ownOf = ({ alerters }: Evaluation): Scorecard => {
  const [own] = alerters;
  if (own === undefined) throw new RangeError("an evaluation begins with our own figures");
  return own;
};

async function evaluated(hasAttacks: boolean): Promise<Evaluation> {
  const [smallest] = evaluationOrganisations;
  if (smallest === undefined) throw new RangeError("there are five benchmark organisations");
  const stream = await readOrganisation(smallest, hasAttacks);
  return evaluate(stream, {
    falseAlertsPer100AgentDays: goals.falsePer100AgentDays,
    disabledDetectors: stream.disabledDetectors,
    withDetectorWorth: false,
  });
}

describe("the limits", () => {
  it("are what the tables say of chance", () => {
    // R: qbinom(0.01, 32, 0.75), qbinom(0.01, 45, 0.6), qpois(0.99, 21.31).
    expect([fewest(32, 0.75), fewest(45, 0.6), most(21.31)]).toEqual([18, 19, 33]);
  });
});

describe("detection on the benchmark", () => {
  it("keeps precision, recall and the false-alarm budget among attacks", async () => {
    const evaluation = await evaluated(true);
    const { alerts, trueAlerts, falseAlerts, found } = ownOf(evaluation);
    const allowed = (goals.falsePer100AgentDays * evaluation.agentDays) / 100;
    expect(evaluation.episodes.length).toBeGreaterThanOrEqual(10);
    expect(trueAlerts).toBeGreaterThanOrEqual(fewest(alerts, goals.precision));
    expect(found).toBeGreaterThanOrEqual(fewest(evaluation.episodes.length, goals.recall));
    expect(falseAlerts).toBeLessThanOrEqual(most(allowed));
  }, 300_000);

  it("keeps budget and calibration where nobody misuses anything", async () => {
    const evaluation = await evaluated(false);
    const allowed = (goals.falsePer100AgentDays * evaluation.agentDays) / 100;
    expect(ownOf(evaluation).falseAlerts).toBeLessThanOrEqual(most(allowed));
    const all = evaluation.calibration.find(({ unit }) => unit === "all dimensions");
    const fused = evaluation.calibration.filter(({ detector }) => detector === "fused");
    // Dimensions of one window go together, so windows are the draws.
    const windows = Math.max(...fused.map((row) => row.windows));
    expect(windows).toBeGreaterThan(500);
    expect(all?.ks).toBeLessThanOrEqual(goals.ks + ksPoint / Math.sqrt(windows));
  }, 300_000);
});
