import { compared, createBacktest } from "../../../../detectors/evaluation/backtest.ts";
import type { RaisedAlert } from "../../../../detectors/evaluation/play.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";

const canary = subject("canary");

const alert = (id: string, change: Partial<RaisedAlert> = {}): RaisedAlert => ({
  ...{ id, raised: { at: 5, position: 5 }, incidentId: id, agentId: "a1", title: "t" },
  ...{ detectors: ["breadth"], evidence: [`event-of-${id}`], cameTrue: new Map() },
  ...change,
});
const idsOf = (result: ReturnType<typeof compared>) =>
  Object.fromEntries(
    Object.entries<readonly RaisedAlert[]>({ ...result }).map(([name, alerts]) => [
      name,
      alerts.map(({ id }) => id),
    ]),
  );

describe("a backtest", () => {
  it("keeps an alert of the same cause or the same story, and tells what else changed", () => {
    const before = [alert("same"), alert("moved", { evidence: ["e1", "e2"] }), alert("lost")];
    const after = [alert("same"), alert("elsewhere", { evidence: ["e2"] }), alert("gained")];
    expect(idsOf(compared(before, after))).toEqual({
      kept: ["same", "elsewhere"],
      gained: ["gained"],
      lost: ["lost"],
    });
  });

  it("takes an alert that cites the same event about another agent for another one", () => {
    const result = compared(
      [alert("one")],
      [alert("other", { agentId: "a2", evidence: ["event-of-one"] })],
    );
    expect(idsOf(result)).toEqual({ kept: [], gained: ["other"], lost: ["one"] });
  });

  it("finds what a detector is missed for, and nothing where nothing is changed", () => {
    const base = {
      falseAlertsPer100AgentDays: 1,
      canaries: [{ token: canary.token, tenant: undefined }],
      watchlist: [],
    };
    const touchAt = deskStart + 6 * 86_400_000;
    const touch = access({ id: "touch", at: touchAt, agent: "agent-1", subjects: [canary] });
    const story = [...ordinaryWork({ seed: 3, agents: 4, days: 5 }), touch];
    const resultOf = (disabledDetectors: readonly string[], from = 0) => {
      const backtest = createBacktest(base, { ...base, disabledDetectors });
      for (const event of story) backtest.step(event);
      return backtest.result(from, touchAt);
    };
    const { lost, gained } = resultOf(["canary"]);
    expect(lost.map(({ detectors }) => detectors)).toContainEqual(["canary"]);
    expect(gained).toEqual([]);
    expect(resultOf(["canary"], touchAt + 1).lost).toEqual([]);
    const unchanged = resultOf([]);
    expect([unchanged.lost, unchanged.gained]).toEqual([[], []]);
    expect(unchanged.kept.length).toBeGreaterThan(0);
  });
});
