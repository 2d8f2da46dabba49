/** A whole evaluation of a small desk with one loud episode, counted again by hand. */
import { evaluate } from "../../../../detectors/evaluation/evaluation.ts";
import type { LabelledStream } from "../../../../detectors/evaluation/labelled-stream.ts";
import { openRegistry } from "../../../../detectors/registry.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";
import { dayMs, episode, minuteMs, truthOf } from "./labelled.ts";

const days = 28;
const loudAt = deskStart + 22 * dayMs + 12 * 60 * minuteMs;
const loud = Array.from({ length: 120 }, (_, n) =>
  access({
    id: `m${n}`,
    agent: "agent-3",
    session: "stolen",
    at: loudAt + n * 15_000,
    subjects: [subject(`taken-${n}`)],
  }),
);
const work = ordinaryWork({ seed: 11, agents: 12, days });
const events = [...work, ...loud].sort((a, b) => a.at - b.at);
const testStart = deskStart + 14 * dayMs;
const stream: LabelledStream = {
  events,
  truth: {
    test: { start: testStart, end: deskStart + days * dayMs },
    periods: [
      { kind: "holiday", start: deskStart, end: deskStart + dayMs },
      { kind: "quiet", start: testStart - dayMs, end: testStart + 2 * dayMs },
    ],
    episodes: [
      episode(
        "loud",
        loud.map(({ eventId }) => eventId),
      ),
      episode("before", [work[0]?.eventId ?? ""]),
    ],
  },
  canaries: [],
  watchlist: [],
};
/** Few, so that playing twice for each stays short. */
const running = ["breadth", "explicit-search", "secret-reveal"];
const disabledDetectors = openRegistry()
  .map(({ meta }) => meta.id)
  .filter((id) => !running.includes(id));
const options = { falseAlertsPer100AgentDays: 1, disabledDetectors };
const runs: number[][] = [];
const evaluation = evaluate(stream, {
  ...options,
  withDetectorWorth: true,
  onRun: (done, total) => runs.push([done, total]),
});

const activeDays = (from: number, until: number) =>
  new Set(
    events
      .filter(({ at, subjects }) => at >= from && at < until && subjects.length > 0)
      .map(({ at, agent }) => `${new Date(at).toISOString().slice(0, 10)} ${agent.id}`),
  ).size;

it("counts the agent-days of the test period from the events", () => {
  expect(evaluation.agentDays).toBe(activeDays(testStart, deskStart + days * dayMs));
});

it("finds the loud episode early and does not judge one that ended before the test", () => {
  expect(evaluation.episodes).toHaveLength(1);
  const [found] = evaluation.episodes;
  expect(found).toMatchObject({ id: "loud", subjects: 120, alerts: 1 });
  // One subject every 15 seconds: what was taken by the alert follows from its time.
  const taken = ((found?.msToDetect ?? 0) / 15_000 + 1) / 120;
  expect(found?.shareTaken).toBeCloseTo(taken, 9);
  expect(found?.shareTaken).toBeLessThan(0.5);
});

it("agrees with its own list of alerts", () => {
  const [own] = evaluation.alerters;
  const right = evaluation.alerts.filter(({ isTrue }) => isTrue).length;
  expect(own).toMatchObject({
    alerter: "deskwatch",
    alerts: evaluation.alerts.length,
    trueAlerts: right,
    falseAlerts: evaluation.alerts.length - right,
    found: 1,
    recall: 1,
  });
});

it("gives every other alerter as many alerts", () => {
  const [own, ...others] = evaluation.alerters;
  expect(others.map(({ alerter }) => alerter)).toContain("random");
  expect(others).toHaveLength(5);
  for (const { alerts } of others) expect(alerts).toBe(own?.alerts);
});

it("counts marked days only as far as they lie in the test period", () => {
  expect(evaluation.periods).toEqual([
    expect.objectContaining({ kind: "holiday", agentDays: 0, falsePer100AgentDays: undefined }),
    expect.objectContaining({
      kind: "quiet",
      agentDays: activeDays(testStart, testStart + 2 * dayMs),
    }),
  ]);
});

it("plays again without each detector and with each alone", () => {
  const worth = new Map(evaluation.detectors.map((row) => [row.detector, row]));
  expect([...worth.keys()].sort()).toEqual(running);
  expect(runs).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6]));
  const without = (...further: readonly string[]) =>
    evaluate(stream, {
      ...options,
      disabledDetectors: [...disabledDetectors, ...further],
      withDetectorWorth: false,
    }).alerters[0];
  const { without: left, alone } = worth.get("breadth") ?? {};
  expect({ alerter: "deskwatch", ...left }).toEqual(without("breadth"));
  expect({ alerter: "deskwatch", ...alone }).toEqual(without("explicit-search", "secret-reveal"));
});

it("measures calibration on windows that closed in the test period", () => {
  const rowOf = (from: number) => {
    const test = { start: from, end: deskStart + days * dayMs };
    const quiet = { ...stream, events: work, truth: { ...truthOf([], days), test } };
    return evaluate(quiet, { ...options, withDetectorWorth: false }).calibration.find(
      ({ process, detector, form }) =>
        process === "session" && detector === "breadth" && form === "total",
    );
  };
  // 12 agents with two sessions on four of five days: 537 in four weeks, half of them in the last two.
  const sessions = (from: number) =>
    new Set(work.filter(({ at }) => at >= from).map(({ session }) => session?.id)).size;
  const all = rowOf(deskStart)?.windows ?? 0;
  const late = rowOf(testStart)?.windows ?? 0;
  expect(all).toBeLessThanOrEqual(sessions(deskStart));
  expect(all).toBeGreaterThan(0.85 * sessions(deskStart));
  expect(late).toBeGreaterThan(0.85 * sessions(testStart));
  expect(late).toBeLessThan(all);
  expect(rowOf(testStart)?.ks).toBeLessThan(0.2);
});
