import type { ConsoleEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, subject } from "../../../helpers/support-desk.ts";
import {
  agent,
  agentOf,
  attackAt,
  baselinesIn,
  dayMs,
  fresh,
  hourMs,
  login,
  rowWith,
  run,
  stateIn,
  taughtIn,
  verdict,
  worked,
} from "./doubted-desk.ts";

jest.setTimeout(120_000);

function session(at: number, records: number, name: string): ConsoleEvent[] {
  return Array.from({ length: records }, (_, n) =>
    access({
      id: `${name}-${n}`,
      at: at + n * 60_000,
      agent,
      session: name,
      subjects: [subject(`${name}-${n}`)],
    }),
  );
}

const nextDay = login(attackAt + 2 * dayMs);

describe("a verdict about a day", () => {
  /** Four sessions of which each is a little long. */
  const parts = [0, 1, 2, 3].flatMap((n) => session(attackAt + 2 * n * hourMs, 10, `part-${n}`));
  const told = () => {
    const engine = worked();
    run(engine, [login(attackAt - hourMs)]);
    const before = taughtIn(engine);
    const [first] = run(engine, parts);
    run(engine, [nextDay]);
    return { engine, before, alert: first?.alert };
  };

  it("that was misuse unlearns the day and the sessions that it was found in", () => {
    const { engine, before, alert } = told();
    expect(alert?.title).toContain("in one day");
    const learnt = taughtIn(engine);
    run(engine, [verdict(alert?.alert_id ?? "", "malicious")]);
    const after = taughtIn(engine);
    expect(after).not.toEqual(learnt);
    expect(after.slow).toEqual(before.slow);
    expect(after.histories["agent-day"]).toEqual(before.histories["agent-day"]);
  });

  it("that was ordinary is learnt whole", () => {
    const { engine, alert } = told();
    const clipped = taughtIn(engine).histories["agent-day"];
    run(engine, [verdict(alert?.alert_id ?? "", "legitimate")]);
    expect(taughtIn(engine).histories["agent-day"]).not.toEqual(clipped);
  });
});

describe("a verdict about a run of days", () => {
  /** An engine whose agent's days are an alert already, and three more such days. */
  const inRun = () => {
    const base = worked();
    run(base, [nextDay]);
    const rows = [...stateIn(base)].map(([key, state]) => {
      if (key !== `agent/${agent}`) return { key, state };
      const own = agentOf(state);
      if (own.run !== undefined) own.run.alertId = "the-run";
      return { key, state: rowWith(state, own) };
    });
    const engine = fresh();
    engine.restore(rows);
    const days = [3, 4, 5].flatMap((n) => session(attackAt + n * dayMs, 12, `day-${n}`));
    run(engine, [...days, login(attackAt + 6 * dayMs)]);
    return { engine, before: taughtIn(base) };
  };

  it("that was misuse unlearns its days and sessions; what drifts from now on is another story", () => {
    const { engine, before } = inRun();
    expect(taughtIn(engine)).not.toEqual(before);
    run(engine, [verdict("the-run", "malicious")]);
    expect(taughtIn(engine)).toEqual(before);
    const { run: days } = baselinesIn(engine);
    expect(days).toMatchObject({ cause: "", drifts: [] });
    expect(days?.alertId).toBeUndefined();
  });

  it("that was ordinary has the long memory take over the short one", () => {
    const { engine } = inRun();
    run(engine, [verdict("the-run", "legitimate")]);
    const { histories, rates, slow } = taughtIn(engine);
    expect(slow).toEqual({ histories: histories["agent-day"], rates });
  });
});
