/** How each episode fared, and each story: a scenario in one variant. */
import { ratio } from "./judgement.ts";
import type { RaisedAlert } from "./play.ts";
import type { Taking } from "./takings.ts";

export interface EpisodeScore {
  readonly id: string;
  readonly scenario: string;
  readonly variant: string;
  /** Distinct subjects that it took. */
  readonly subjects: number;
  /** True alerts that cite it; beyond the first they are duplicates. */
  readonly alerts: number;
  readonly incidents: number;
  /** From its first malicious event to the first true alert, event time; undefined: not found. */
  readonly msToDetect: number | undefined;
  /** Share of its subjects that were taken by then, 0 to 1. */
  readonly shareTaken: number | undefined;
}

/** `alerts` may hold any; only those whose last version is true count. */
export function scoreEpisode(
  { episode, firstAt, subjects, shareTakenBy }: Taking,
  trueAlerts: readonly RaisedAlert[],
  citedBy: (alert: RaisedAlert) => ReadonlySet<string>,
): EpisodeScore {
  const own = trueAlerts.filter((alert) => citedBy(alert).has(episode.id));
  const moments = own.flatMap(({ cameTrue }) => cameTrue.get(episode.id) ?? []);
  const [first] = moments.sort((a, b) => a.position - b.position);
  return {
    id: episode.id,
    scenario: episode.scenario,
    variant: episode.variant,
    subjects,
    alerts: own.length,
    incidents: new Set(own.map(({ incidentId }) => incidentId)).size,
    msToDetect: first && first.at - firstAt,
    shareTaken: first && shareTakenBy(first),
  };
}

export interface StoryScore {
  readonly scenario: string;
  readonly variant: string;
  readonly episodes: number;
  readonly found: number;
  readonly recall: number;
  /** Expected of as many alerts drawn at random. */
  readonly randomRecall: number;
  /** Of found episodes; undefined: none was found. */
  readonly msToDetectMedian: number | undefined;
  readonly msToDetectMax: number | undefined;
  readonly shareTakenMedian: number | undefined;
  readonly shareTakenMax: number | undefined;
  readonly alertsPerFound: number | undefined;
  readonly incidentsPerFound: number | undefined;
}

/** Stories by scenario and variant; `randomFound` = how often random alerts find an episode, 0 to 1. */
export function scoreStories(
  episodes: readonly EpisodeScore[],
  randomFound: (episodeId: string) => number,
): StoryScore[] {
  const stories = new Map<string, EpisodeScore[]>();
  for (const episode of episodes) {
    const key = `${episode.scenario}\n${episode.variant}`;
    stories.set(key, [...(stories.get(key) ?? []), episode]);
  }
  return [...stories.keys()].sort().map((key) => {
    const own = stories.get(key) ?? [];
    const [scenario = "", variant = ""] = key.split("\n");
    const random = own.reduce((sum, { id }) => sum + randomFound(id), 0);
    return { scenario, variant, ...scoreOf(own), randomRecall: random / own.length };
  });
}

function scoreOf(own: readonly EpisodeScore[]) {
  const found = own.filter(({ alerts }) => alerts > 0);
  const times = found.flatMap(({ msToDetect }) => msToDetect ?? []);
  const shares = found.flatMap(({ shareTaken }) => shareTaken ?? []);
  const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  return {
    episodes: own.length,
    found: found.length,
    recall: found.length / own.length,
    msToDetectMedian: median(times),
    msToDetectMax: worst(times),
    shareTakenMedian: median(shares),
    shareTakenMax: worst(shares),
    alertsPerFound: ratio(sumOf(found.map(({ alerts }) => alerts)), found.length),
    incidentsPerFound: ratio(sumOf(found.map(({ incidents }) => incidents)), found.length),
  };
}

/** `undefined` without values. */
function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

const worst = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.max(...values);
