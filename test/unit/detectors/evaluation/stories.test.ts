/** How episodes fared, on examples counted by hand. */
import { episodesCited } from "../../../../detectors/evaluation/judgement.ts";
import { scoreEpisode, scoreStories } from "../../../../detectors/evaluation/stories.ts";
import { takingsOf } from "../../../../detectors/evaluation/takings.ts";
import { maliciousEventsOf } from "../../../../detectors/evaluation/truth.ts";
import { deskStart } from "../../../helpers/support-desk.ts";
import { episode, minuteMs, raisedAlert, truthOf, view } from "./labelled.ts";

const events = [
  view("m1", "a", 10, "x"),
  view("m2", "a", 12, "y"),
  view("m3", "b", 15, "z", "w"),
  view("n1", "c", 30, "q"),
];
const episodes = [episode("one", ["m1", "m2", "m3"]), episode("two", ["n1"])];
const malicious = maliciousEventsOf(truthOf(episodes));
const moment = (minute: number, position: number) => ({
  at: deskStart + minute * minuteMs,
  position,
});
const alerts = [
  raisedAlert("late", ["m3"], { incidentId: "i", cameTrue: new Map([["one", moment(15, 2)]]) }),
  raisedAlert("early", ["m2"], { incidentId: "i", cameTrue: new Map([["one", moment(12, 1)]]) }),
];
const scores = takingsOf(events, episodes, malicious).map((taking) =>
  scoreEpisode(taking, alerts, ({ evidence }) => episodesCited(evidence, malicious)),
);

it("an episode is found at the first true alert, further alerts are duplicates of one incident", () => {
  expect(scores).toEqual([
    expect.objectContaining({
      id: "one",
      alerts: 2,
      incidents: 1,
      subjects: 4,
      msToDetect: 2 * minuteMs,
      shareTaken: 0.5,
    }),
    expect.objectContaining({ id: "two", alerts: 0, msToDetect: undefined, shareTaken: undefined }),
  ]);
});

it("a story is the scenario in one variant, beside what random alerts find of it", () => {
  const careful = { ...scores[1], id: "three", variant: "careful" } as (typeof scores)[number];
  const random = new Map([
    ["one", 0.5],
    ["two", 0.1],
  ]);
  expect(scoreStories([...scores, careful], (id) => random.get(id) ?? 0)).toEqual([
    expect.objectContaining({
      variant: "careful",
      episodes: 1,
      found: 0,
      msToDetectMax: undefined,
    }),
    {
      scenario: "bulk",
      variant: "naive",
      episodes: 2,
      found: 1,
      recall: 0.5,
      randomRecall: 0.3,
      msToDetectMedian: 2 * minuteMs,
      msToDetectMax: 2 * minuteMs,
      shareTakenMedian: 0.5,
      shareTakenMax: 0.5,
      alertsPerFound: 2,
      incidentsPerFound: 1,
    },
  ]);
});
