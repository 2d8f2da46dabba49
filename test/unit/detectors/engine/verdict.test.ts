import type { Disposition } from "../../../../detectors/alert.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";
import {
  after,
  agent,
  agentOf,
  alertOf,
  attack,
  attackAt,
  baselinesIn,
  bulk,
  dayMs,
  laterWork,
  login,
  run,
  stateIn,
  sumOfSessions,
  taughtIn,
  verdict,
  worked,
} from "./doubted-desk.ts";

const probationMs = defaultParameters.learning.undisposed_days * 86_400_000;
jest.setTimeout(300_000);

describe("a verdict of misuse", () => {
  it.each(["malicious", "policy_violation"] as const)(
    "of %s leaves the agent's baselines as if the window had never been",
    (disposition) => {
      const untouched = worked();
      run(untouched, [login(attackAt), after]);
      const engine = worked();
      const changes = run(engine, [login(attackAt), ...attack, after]);
      const learnt = worked();
      run(learnt, [login(attackAt), ...attack, after]);
      run(engine, [verdict(alertOf(changes, "stolen"), disposition)]);
      const expected = taughtIn(untouched);
      expect(taughtIn(learnt)).not.toEqual(expected);
      expect(taughtIn(engine)).toEqual(expected);
    },
  );

  it("does so while the window is still open", () => {
    const untouched = worked();
    run(untouched, [login(attackAt), after]);
    const engine = worked();
    const id = alertOf(run(engine, attack.slice(0, 60)), "stolen");
    run(engine, [verdict(id, "malicious"), ...attack.slice(60), after]);
    const { slow, habits, rates, histories } = taughtIn(engine);
    expect({ slow, habits, rates, histories }).toMatchObject({
      slow: taughtIn(untouched).slow,
      habits: taughtIn(untouched).habits,
      rates: taughtIn(untouched).rates,
      histories: taughtIn(untouched).histories,
    });
  });

  it("keeps what was learnt since, to what everybody has taught meanwhile", () => {
    const untouched = worked();
    run(untouched, laterWork);
    const engine = worked();
    const id = alertOf(run(engine, attack), "stolen");
    run(engine, [...laterWork, verdict(id, "malicious")]);
    const own = baselinesIn(engine).histories.session;
    // Windows and Σ x: only what was clipped of them hangs on everybody.
    for (const [n, { windows, sum }] of baselinesIn(untouched).histories.session.entries()) {
      expect(own[n]?.windows).toBeCloseTo(windows, 1);
      expect(own[n]?.sum).toBeCloseTo(sum, 1);
    }
  });

  it("makes strangers of those whom the window has exposed", () => {
    const engine = worked();
    const id = alertOf(run(engine, [...attack, after]), "stolen");
    const knownBefore = baselinesIn(engine).known.size;
    run(engine, [verdict(id, "malicious")]);
    expect(baselinesIn(engine).known.size).toBeLessThanOrEqual(knownBefore - 80);
  });
});

describe("a verdict of ordinary work", () => {
  /** The same bulk work every fourth day, each alert of it judged; the alerts that were raised. */
  function repeated(disposition: Disposition | null): number {
    const engine = worked();
    const raised = new Set<string>();
    for (let round = 0; round < 6; round += 1) {
      const session = `bulk-${round}`;
      const at = attackAt + 4 * round * dayMs;
      const changes = run(engine, [...bulk(at, 60, session), login(at + dayMs)]);
      for (const { alert } of changes) {
        raised.add(alert.alert_id);
        run(engine, [verdict(alert.alert_id, disposition)]);
      }
    }
    return raised.size;
  }

  it("teaches what was withheld, so that the same work alerts less", () => {
    const unjudged = worked();
    const id = alertOf(run(unjudged, [...attack, after]), "stolen");
    const judged = worked();
    run(judged, [...attack, after, verdict(id, "legitimate")]);
    expect(sumOfSessions(judged)).toBeGreaterThan(sumOfSessions(unjudged) + 40);
    expect(repeated("legitimate")).toBeLessThan(repeated("malicious"));
  });

  it("is the same whether it is the first or takes the place of another", () => {
    const once = worked();
    const id = alertOf(run(once, [...attack, after]), "stolen");
    run(once, [verdict(id, "false_positive")]);
    const twice = worked();
    run(twice, [...attack, after, verdict(id, "malicious"), verdict(id, "false_positive")]);
    expect(taughtIn(twice)).toEqual(taughtIn(once));
    const back = worked();
    run(back, [...attack, after, verdict(id, "malicious"), verdict(id, null)]);
    const never = worked();
    run(never, [...attack, after, verdict(id, "legitimate"), verdict(id, "undetermined")]);
    expect(taughtIn(back)).toEqual(taughtIn(never));
  });
});

describe("an alert that nobody judges", () => {
  it("is learnt whole when its time is over, and then for good", () => {
    const engine = worked();
    const id = alertOf(run(engine, [...attack, after]), "stolen");
    const clipped = sumOfSessions(engine);
    // Nothing is forgotten before the next window closes.
    run(engine, [login(attackAt + dayMs + probationMs), login(attackAt + 2 * dayMs + probationMs)]);
    const whole = taughtIn(engine);
    expect(sumOfSessions(engine)).toBeGreaterThan(clipped + 40);
    run(engine, [verdict(id, "malicious")]);
    expect(taughtIn(engine)).toEqual(whole);
  });

  it("costs an agent nothing afterwards, and others nothing ever", () => {
    const engine = worked();
    run(engine, [...attack, after]);
    const rows = [...stateIn(engine)].filter(([key]) => key.startsWith("agent/"));
    const isOnProbation = ([, state]: readonly [string, string]) =>
      agentOf(state).probation !== undefined;
    expect(rows.filter(isOnProbation).map(([key]) => key)).toContain(`agent/${agent}`);
    expect(rows.filter(isOnProbation).length).toBeLessThan(rows.length / 2);
    run(engine, [login(attackAt + 2 * dayMs + probationMs)]);
    expect(baselinesIn(engine).probation).toBeUndefined();
  });
});
