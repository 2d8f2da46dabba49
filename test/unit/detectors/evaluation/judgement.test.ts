/** The rule that every alerter is judged by, on examples counted by hand. */
import { isTrueAlert, judge } from "../../../../detectors/evaluation/judgement.ts";
import { scorecardOfJudgements } from "../../../../detectors/evaluation/scorecard.ts";
import { maliciousEventsOf } from "../../../../detectors/evaluation/truth.ts";
import { episode, truthOf } from "./labelled.ts";

const malicious = maliciousEventsOf(
  truthOf([episode("one", ["m1", "m2"]), episode("two", ["m3", "m2"]), episode("three", ["m4"])]),
);

describe("an alert", () => {
  it.each([
    { evidence: ["m1"], isTrue: true, why: "all of it is malicious" },
    { evidence: ["m1", "b1"], isTrue: true, why: "half of it is" },
    { evidence: ["m1", "b1", "b2"], isTrue: false, why: "less than half is" },
    { evidence: ["b1"], isTrue: false, why: "none is" },
    { evidence: [], isTrue: false, why: "it cites nothing" },
  ])("is true: $isTrue, when $why", ({ evidence, isTrue }) => {
    expect(isTrueAlert(evidence, malicious)).toBe(isTrue);
  });
});

describe("a judgement", () => {
  const judged = judge([["m1"], ["m2", "b1"], ["m4", "b1", "b2"], ["b3"]], malicious);

  it("counts alerts once each and an episode once however many alerts cite it", () => {
    expect(judged).toMatchObject({ alerts: 4, trueAlerts: 2, falseAlerts: 2 });
    expect([...judged.found].sort()).toEqual(["one", "two"]);
  });

  it("tells an episode that only a false alert cites from one that was found", () => {
    expect([...judged.touched].sort()).toEqual(["one", "three", "two"]);
  });

  it("becomes rates per 100 agent-days and per judged episode", () => {
    const scale = { agentDays: 50, episodes: new Set(["one", "three"]) };
    expect(scorecardOfJudgements(judged, judged, scale)).toEqual({
      alerts: 4,
      trueAlerts: 2,
      falseAlerts: 2,
      found: 1,
      touched: 2,
      falsePer100AgentDays: 4,
      precision: 0.5,
      recall: 0.5,
      touchedRecall: 1,
    });
  });

  it("has no precision without alerts and no recall without episodes", () => {
    const none = judge([], malicious);
    const scale = { agentDays: 0, episodes: new Set<string>() };
    expect(scorecardOfJudgements(none, none, scale)).toMatchObject({
      falsePer100AgentDays: undefined,
      precision: undefined,
      recall: undefined,
    });
  });
});
