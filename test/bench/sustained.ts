/** The highest rate of a ladder at which what waits does not grow, rows and alerts both. */
import { setTimeout as wait } from "node:timers/promises";
import { answerOf, resultOf, startScript } from "./child.ts";
import type { PaceResult, PaceTask } from "./pace-process.ts";
import type { Service } from "./service.ts";
import type { Stage } from "./stage.ts";

const ladder = [1_250, 2_500, 5_000, 10_000, 15_000, 20_000, 30_000, 40_000];
const shortStepSeconds = 12;
/**
 * Rows come in steps of up to a second: at a rate that leaves the machine air such a step is a large part of what may
 * grow, so that it is watched for longer.
 */
const longStepSeconds = 24;
const longUntilRate = 5_000;
const secondsOf = (perSecond: number): number =>
  perSecond <= longUntilRate ? longStepSeconds : shortStepSeconds;
const sampleEveryMs = 250;
/** The first part of a step is not judged: buffers fill. */
const settleSeconds = 4;
/** Growth of the lag, as a share of the rate, that counts as none: inserts come in steps of up to a second. */
const growthShareMax = 0.05;
const drainMsMax = 120_000;

/** Events of the mix that the whole ladder may take. */
export const sustainedEventsMax = ladder.reduce((sum, rate) => sum + rate * secondsOf(rate), 0);

interface Ladder {
  readonly service: Service;
  readonly config: PaceTask["config"];
  /** First event of the mix to send, and how many this process was given before. */
  readonly from: number;
  readonly had: number;
}

export interface Sustained {
  readonly perSecond: number;
  /** How many events were sent in all. */
  readonly sent: number;
}

export async function sustainedRate(stage: Stage, ladderAt: Ladder): Promise<Sustained> {
  let sent = 0;
  let highest = 0;
  for (const perSecond of ladder) {
    const step = await runStep(stage, {
      ...ladderAt,
      from: ladderAt.from + sent,
      had: ladderAt.had + sent,
      perSecond,
    });
    sent += step.sent;
    process.stderr.write(
      `${perSecond} events/s: lag grows by ${Math.round(step.growthPerSecond)} events/s\n`,
    );
    if (step.growthPerSecond > growthShareMax * perSecond || !step.isPaced) break;
    highest = perSecond;
  }
  return { perSecond: highest, sent };
}

/** Sends at one rate, watches the lag, waits until nothing is left. */
async function runStep(stage: Stage, step: Ladder & { readonly perSecond: number }) {
  const { service, config, from, had, perSecond } = step;
  const stepSeconds = secondsOf(perSecond);
  const count = perSecond * stepSeconds;
  const done = async (): Promise<number> => {
    const { stored, scored } = await service.progress();
    return Math.min(stored, scored) - had;
  };
  const child = startScript("pace-process.ts", {
    config,
    path: stage.mix.path,
    from,
    count,
    perSecond,
  } satisfies PaceTask);
  await answerOf(child, async () => ((await done()) > 0 ? true : undefined), { msMax: drainMsMax });
  const begun = performance.now();
  const samples: Sample[] = [];
  while (child.isRunning()) {
    const seconds = (performance.now() - begun) / 1_000;
    // What is done, against a line of the rate's own slope: the offset between them does not matter.
    if (seconds > settleSeconds && seconds < stepSeconds - 1) {
      samples.push({ seconds, lag: perSecond * seconds - (await done()) });
    }
    await wait(sampleEveryMs);
  }
  const result = await resultOf<PaceResult>(child);
  const isAll = async () => ((await done()) >= count ? true : undefined);
  await answerOf(service.child, isAll, { msMax: drainMsMax });
  return {
    sent: count,
    growthPerSecond: slopeOf(samples),
    // A producer that cannot keep the rate tests nothing.
    isPaced: result.seconds < stepSeconds * (1 + growthShareMax),
  };
}

interface Sample {
  readonly seconds: number;
  readonly lag: number;
}

/** Least squares, events per second. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const at = mean(samples.map(({ seconds }) => seconds));
  const lag = mean(samples.map((sample) => sample.lag));
  let above = 0;
  let below = 0;
  for (const sample of samples) {
    above += (sample.seconds - at) * (sample.lag - lag);
    below += (sample.seconds - at) ** 2;
  }
  return above / below;
}
