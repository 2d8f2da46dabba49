/** An evaluation as tables for a person. */
import type { Evaluation } from "../../detectors/evaluation/evaluation.ts";
import type { Scorecard } from "../../detectors/evaluation/scorecard.ts";
import type { StoryScore } from "../../detectors/evaluation/stories.ts";
import type { Output } from "../output.ts";

export function printEvaluation(output: Output, evaluation: Evaluation): void {
  const { events, test, agentDays } = evaluation;
  const section = (title: string, rows: readonly Readonly<Record<string, unknown>>[]): void => {
    if (rows.length === 0) return;
    output.line(`\n${title}`);
    output.rows(rows, false);
  };
  output.line(
    `${events} events; judged from ${test.start} to ${test.end}, ${agentDays} active agent-days`,
  );
  section(
    "Alerters, each with as many alerts",
    evaluation.alerters.map(({ alerter, ...card }) => ({ alerter, ...cardCells(card) })),
  );
  section(
    "False alerts on marked days",
    evaluation.periods.map((period) => ({
      days: period.kind,
      "agent-days": period.agentDays,
      false: period.falseAlerts,
      "per 100": decimal(period.falsePer100AgentDays, 2),
    })),
  );
  section("Stories", evaluation.stories.map(storyCells));
  section(
    "Calibration of the randomised p",
    evaluation.calibration.map(({ windows, aboveZero, ks, rate, ...label }) => ({
      ...label,
      windows,
      "above 0": `${decimal(100 * aboveZero, 1)} %`,
      KS: decimal(ks, 3),
      "rate at p <= 0.001": decimal(rate, 5),
    })),
  );
  section(
    "Detectors",
    evaluation.detectors.map(({ detector, alerts, trueAlerts, without, alone }) => ({
      detector,
      "named in": alerts,
      "of them true": trueAlerts,
      "without it: precision": decimal(without.precision, 2),
      recall: decimal(without.recall, 2),
      "false per 100": decimal(without.falsePer100AgentDays, 2),
      "alone: precision": decimal(alone.precision, 2),
      "recall ": decimal(alone.recall, 2),
      "false per 100 ": decimal(alone.falsePer100AgentDays, 2),
    })),
  );
}

const decimal = (value: number | undefined, digits: number): string =>
  value === undefined ? "-" : value.toFixed(digits);

/** Whole numbers as they are; averages of draws with one digit. */
const count = (value: number): string => (Number.isInteger(value) ? `${value}` : value.toFixed(1));

function cardCells(card: Scorecard) {
  return {
    alerts: count(card.alerts),
    true: count(card.trueAlerts),
    false: count(card.falseAlerts),
    "false per 100 agent-days": decimal(card.falsePer100AgentDays, 2),
    precision: decimal(card.precision, 2),
    found: count(card.found),
    recall: decimal(card.recall, 2),
    "recall if any cited event counts": decimal(card.touchedRecall, 2),
  };
}

function storyCells(story: StoryScore) {
  return {
    story: story.scenario,
    variant: story.variant,
    found: `${story.found} of ${story.episodes}`,
    recall: decimal(story.recall, 2),
    random: decimal(story.randomRecall, 2),
    "time to detect": duration(story.msToDetectMedian),
    longest: duration(story.msToDetectMax),
    taken: percent(story.shareTakenMedian),
    most: percent(story.shareTakenMax),
    "alerts each": decimal(story.alertsPerFound, 1),
    "incidents each": decimal(story.incidentsPerFound, 1),
  };
}

const percent = (share: number | undefined): string =>
  share === undefined ? "-" : `${Math.round(100 * share)} %`;

const minuteMs = 60_000;

function duration(ms: number | undefined): string {
  if (ms === undefined) return "-";
  if (ms < 120 * minuteMs) return `${(ms / minuteMs).toFixed(1)} min`;
  if (ms < 48 * 60 * minuteMs) return `${(ms / 60 / minuteMs).toFixed(1)} h`;
  return `${(ms / 1_440 / minuteMs).toFixed(1)} d`;
}
