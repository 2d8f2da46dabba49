/** What was worked and what was taken, counted by hand. */
import { agentDaysOf, countAgentDays } from "../../../../detectors/evaluation/agent-days.ts";
import { takingsOf } from "../../../../detectors/evaluation/takings.ts";
import { maliciousEventsOf } from "../../../../detectors/evaluation/truth.ts";
import { access, deskStart, subject } from "../../../helpers/support-desk.ts";
import { dayMs, episode, minuteMs, truthOf, view } from "./labelled.ts";

const day = dayMs / minuteMs;

describe("active agent-days", () => {
  const events = [
    view("e1", "a", 1, "x", "y"),
    view("e2", "a", 2, "x"),
    view("e3", "b", 3, "z"),
    access({ id: "e4", agent: "c", at: deskStart, action: "login" }),
    access({ id: "e5", agent: "c", at: deskStart, outcome: "denied", subjects: [subject("x")] }),
    view("e6", "a", day + 1, "x", "w"),
  ];

  it("are days on which an agent exposed a subject; a sign-in or a refused look is none", () => {
    expect(agentDaysOf(events)).toEqual([
      expect.objectContaining({ agent: "a", eventIds: ["e1", "e2"], subjects: 2, firstTouches: 2 }),
      expect.objectContaining({ agent: "b", eventIds: ["e3"], subjects: 1, firstTouches: 1 }),
      expect.objectContaining({ agent: "a", eventIds: ["e6"], subjects: 2, firstTouches: 1 }),
    ]);
  });

  it("are counted within spans, their ends excluded", () => {
    const at = (minute: number) => deskStart + minute * minuteMs;
    const inSpan = (start: number, end: number) =>
      countAgentDays(events, [{ start: at(start), end: at(end) }]);
    expect(inSpan(0, 2 * day)).toBe(3);
    expect(inSpan(0, 3)).toBe(1);
    expect(inSpan(3, day + 2)).toBe(2);
    expect(countAgentDays(events, [])).toBe(0);
  });
});

describe("a taking", () => {
  const events = [
    view("m1", "a", 10, "x", "y"),
    view("b1", "a", 11, "w"),
    view("m2", "a", 12, "x"),
    view("m3", "b", 20, "z", "v"),
  ];
  const episodes = [episode("one", ["m1", "m2", "m3", "lost"]), episode("absent", ["gone"])];
  const takings = takingsOf(events, episodes, maliciousEventsOf(truthOf(episodes)));
  const [taking] = takings;

  it("is told of episodes that the stream has anything of", () => {
    expect(takings.map((own) => own.episode.id)).toEqual(["one"]);
  });

  it("counts distinct subjects of malicious events and when they were taken", () => {
    expect(taking).toMatchObject({
      subjects: 4,
      firstAt: deskStart + 10 * minuteMs,
      lastAt: deskStart + 20 * minuteMs,
    });
    const shares = [0, 1, 2, 3].map((position) => taking?.shareTakenBy({ at: 0, position }));
    expect(shares).toEqual([0.5, 0.5, 0.5, 1]);
  });
});
