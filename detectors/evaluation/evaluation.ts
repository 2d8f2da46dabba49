/**
 * What detection is worth on a labelled stream: precision, recall and false alerts beside a random alerter and
 * simple baselines, time to detect and share taken by story, calibration, and what each detector adds.
 *
 * Alerts of the test period are judged. An episode is judged if it reaches into the test period; a true alert
 * raised earlier finds it, too.
 */
import type { EngineOptions } from "../engine/engine.ts";
import type { ClosedReading } from "../evidence/observer.ts";
import { type AgentDay, agentDaysOf, countAgentDays, dayMs } from "./agent-days.ts";
import { baselines, topDays } from "./baselines.ts";
import { type CalibrationRow, calibrationOf } from "./calibration.ts";
import { type DetectorWorth, detectorWorths } from "./detector-worth.ts";
import { episodesCited, isTrueAlert, judge, ratio } from "./judgement.ts";
import type { LabelledStream } from "./labelled-stream.ts";
import { play, type RaisedAlert } from "./play.ts";
import { alertAtRandom } from "./random-alerter.ts";
import { type Scale, type Scorecard, scorecardOf, scorecardOfJudgements } from "./scorecard.ts";
import { type EpisodeScore, type StoryScore, scoreEpisode, scoreStories } from "./stories.ts";
import { type Taking, takingsOf } from "./takings.ts";
import { isWithin, type MaliciousEvents, maliciousEventsOf, type Span } from "./truth.ts";

export interface EvaluationOptions
  extends Pick<
    EngineOptions,
    "falseAlertsPer100AgentDays" | "parameters" | "shadowDetectors" | "sigmaRules"
  > {
  readonly disabledDetectors: readonly string[];
  /** Whether to play the stream twice more for each detector. */
  readonly withDetectorWorth: boolean;
  /** Called after each run of the engine with how many of how many are done. */
  readonly onRun?: (done: number, total: number) => void;
}

export interface NamedScorecard extends Scorecard {
  readonly alerter: string;
}

export interface PeriodScore {
  readonly kind: string;
  readonly agentDays: number;
  readonly falseAlerts: number;
  readonly falsePer100AgentDays: number | undefined;
}

export interface JudgedAlert {
  readonly alertId: string;
  readonly time: string;
  readonly isTrue: boolean;
  readonly agentId: string | undefined;
  readonly incidentId: string;
  readonly title: string;
  readonly detectors: readonly string[];
  readonly episodes: readonly string[];
}

export interface Evaluation {
  readonly events: number;
  readonly test: { readonly start: string; readonly end: string };
  readonly agentDays: number;
  /** Ours first, then the random alerter and the baselines. */
  readonly alerters: readonly NamedScorecard[];
  readonly periods: readonly PeriodScore[];
  readonly stories: readonly StoryScore[];
  readonly episodes: readonly EpisodeScore[];
  /** Windows closed in the test period; with misuse in the stream its windows are among them. */
  readonly calibration: readonly CalibrationRow[];
  /** Empty unless asked for. */
  readonly detectors: readonly DetectorWorth[];
  /** Those of the test period. */
  readonly alerts: readonly JudgedAlert[];
}

export function evaluate(stream: LabelledStream, options: EvaluationOptions): Evaluation {
  const { events, truth } = stream;
  const malicious = maliciousEventsOf(truth);
  const takings = takingsOf(events, truth.episodes, malicious).filter(
    ({ firstAt, lastAt }) => lastAt >= truth.test.start && firstAt < truth.test.end,
  );
  const scale: Scale = {
    agentDays: countAgentDays(events, [truth.test]),
    episodes: new Set(takings.map(({ episode }) => episode.id)),
  };
  const readings: ClosedReading[] = [];
  const { disabledDetectors, withDetectorWorth, onRun, ...others } = options;
  const { canaries, watchlist } = stream;
  const engineOptions = { ...others, disabledDetectors, canaries, watchlist };
  const raised = play(events, engineOptions, malicious, (reading, at) => {
    if (isWithin(at, truth.test)) readings.push(reading);
  });
  const judged = raised.filter(({ raised: { at } }) => isWithin(at, truth.test));
  const scored = { stream, malicious, takings, scale };
  const own = scorecardOfAlerts(raised, scored);
  const days = agentDaysOf(events);
  const random = randomScorecard(own.alerts, days, scored);
  const episodes = episodeScores(takings, raised, malicious);
  return {
    events: events.length,
    test: { start: iso(truth.test.start), end: iso(truth.test.end) },
    agentDays: scale.agentDays,
    alerters: [
      { alerter: "deskwatch", ...own },
      { alerter: "random", ...random.scorecard },
      ...baselineScorecards(own.alerts, days, scored),
    ],
    periods: periodScores(judged, scored),
    stories: scoreStories(episodes, (id) => random.foundShare.get(id) ?? 0),
    episodes,
    calibration: calibrationOf(readings),
    detectors: withDetectorWorth
      ? detectorWorths({
          judged,
          malicious,
          disabled: disabledDetectors,
          scoreWithout: (without) =>
            scorecardOfAlerts(
              play(events, { ...engineOptions, disabledDetectors: without }, malicious),
              scored,
            ),
          onRun,
        })
      : [],
    alerts: judged.map((alert) => describe(alert, malicious)),
  };
}

const iso = (at: number): string => new Date(at).toISOString();

interface Scored {
  readonly stream: LabelledStream;
  readonly malicious: MaliciousEvents;
  readonly takings: readonly Taking[];
  readonly scale: Scale;
}

const evidenceOf = ({ evidence }: RaisedAlert): readonly string[] => evidence;

function scorecardOfAlerts(
  raised: readonly RaisedAlert[],
  { stream, malicious, scale }: Scored,
): Scorecard {
  const judged = raised.filter(({ raised: { at } }) => isWithin(at, stream.truth.test));
  const late = judge(judged.map(evidenceOf), malicious);
  return scorecardOfJudgements(late, judge(raised.map(evidenceOf), malicious), scale);
}

/** A day belongs to the test if its noon does. */
const isTestDay =
  (test: Span) =>
  ({ day }: AgentDay): boolean =>
    isWithin((day + 0.5) * dayMs, test);

function randomScorecard(alerts: number, days: readonly AgentDay[], scored: Scored) {
  const isTest = isTestDay(scored.stream.truth.test);
  const random = alertAtRandom(days.filter(isTest), alerts, scored.malicious);
  const sumOf = (shares: ReadonlyMap<string, number>) =>
    [...scored.scale.episodes].reduce((sum, id) => sum + (shares.get(id) ?? 0), 0);
  const scorecard = scorecardOf(
    {
      ...random,
      falseAlerts: random.alerts - random.trueAlerts,
      found: sumOf(random.foundShare),
      touched: sumOf(random.touchedShare),
    },
    scored.scale,
  );
  return { scorecard, foundShare: random.foundShare };
}

function baselineScorecards(
  alerts: number,
  days: readonly AgentDay[],
  scored: Scored,
): NamedScorecard[] {
  const isTest = isTestDay(scored.stream.truth.test);
  return Object.entries(baselines).map(([alerter, scorer]) => {
    const top = topDays(days, scorer, { alerts, isTest });
    const judged = judge(
      top.map(({ eventIds }) => eventIds),
      scored.malicious,
    );
    return { alerter, ...scorecardOfJudgements(judged, judged, scored.scale) };
  });
}

function episodeScores(
  takings: readonly Taking[],
  raised: readonly RaisedAlert[],
  malicious: MaliciousEvents,
): EpisodeScore[] {
  const right = raised.filter(({ evidence }) => isTrueAlert(evidence, malicious));
  const cited = new Map(right.map((alert) => [alert, episodesCited(alert.evidence, malicious)]));
  return takings.map((taking) =>
    scoreEpisode(taking, right, (alert) => cited.get(alert) ?? new Set()),
  );
}

function periodScores(judged: readonly RaisedAlert[], { stream, malicious }: Scored) {
  const { test, periods } = stream.truth;
  const kinds = [...new Set(periods.map(({ kind }) => kind))].sort();
  return kinds.map((kind): PeriodScore => {
    const spans = periods.flatMap((period) => (period.kind === kind ? clipped(period, test) : []));
    const agentDays = countAgentDays(stream.events, spans);
    const falseAlerts = judged.filter(
      ({ raised, evidence }) =>
        !isTrueAlert(evidence, malicious) && spans.some((span) => isWithin(raised.at, span)),
    ).length;
    return {
      kind,
      agentDays,
      falseAlerts,
      falsePer100AgentDays: ratio(100 * falseAlerts, agentDays),
    };
  });
}

function clipped(span: Span, by: Span): Span[] {
  const start = Math.max(span.start, by.start);
  const end = Math.min(span.end, by.end);
  return start < end ? [{ start, end }] : [];
}

function describe(alert: RaisedAlert, malicious: MaliciousEvents): JudgedAlert {
  return {
    alertId: alert.id,
    time: iso(alert.raised.at),
    isTrue: isTrueAlert(alert.evidence, malicious),
    agentId: alert.agentId,
    incidentId: alert.incidentId,
    title: alert.title,
    detectors: alert.detectors,
    episodes: [...episodesCited(alert.evidence, malicious)],
  };
}
