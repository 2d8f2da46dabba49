/** The figures by which alerters are compared, the same for ours, for part of ours and for simple ones. */
import { type Judgement, ratio } from "./judgement.ts";

interface Counted {
  readonly alerts: number;
  readonly trueAlerts: number;
  readonly falseAlerts: number;
  /** Episodes found by a true alert; of draws, on average. */
  readonly found: number;
  /** Episodes that any alert cites, even one that is mostly ordinary work. */
  readonly touched: number;
}

/** `undefined` where there is nothing to divide by. */
export interface Scorecard extends Counted {
  readonly falsePer100AgentDays: number | undefined;
  readonly precision: number | undefined;
  readonly recall: number | undefined;
  readonly touchedRecall: number | undefined;
}

/** Against what is counted. */
export interface Scale {
  readonly agentDays: number;
  /** Ids of the episodes that reach into the test period. */
  readonly episodes: ReadonlySet<string>;
}

export function scorecardOf(counted: Counted, { agentDays, episodes }: Scale): Scorecard {
  const { alerts, trueAlerts, falseAlerts, found, touched } = counted;
  return {
    alerts,
    trueAlerts,
    falseAlerts,
    found,
    touched,
    falsePer100AgentDays: ratio(100 * falseAlerts, agentDays),
    precision: ratio(trueAlerts, alerts),
    recall: ratio(found, episodes.size),
    touchedRecall: ratio(touched, episodes.size),
  };
}

/** `late` judges the alerts of the test period, `ever` those that may find an episode. */
export function scorecardOfJudgements(late: Judgement, ever: Judgement, scale: Scale): Scorecard {
  const within = (ids: ReadonlySet<string>) =>
    [...ids].filter((id) => scale.episodes.has(id)).length;
  const { alerts, trueAlerts, falseAlerts } = late;
  const found = within(ever.found);
  return scorecardOf(
    { alerts, trueAlerts, falseAlerts, found, touched: within(ever.touched) },
    scale,
  );
}
