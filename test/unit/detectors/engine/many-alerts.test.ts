import { createEngine, type Engine } from "../../../../detectors/engine/engine.ts";
import type { ConsoleEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, ordinaryWork, subject } from "../../../helpers/support-desk.ts";
import { agent, attackAt, bulk, run } from "./doubted-desk.ts";

const canary = subject("canary");
const minute = 60_000;
const after = attackAt + 30 * minute;

function worked(): Engine {
  const engine = createEngine({
    falseAlertsPer100AgentDays: 1,
    canaries: [{ token: canary.token, tenant: undefined }],
    watchlist: [],
  });
  run(engine, ordinaryWork({ seed: 21, agents: 12, days: 20 }));
  return engine;
}

const touch = (n: number, session: string): ConsoleEvent =>
  access({ id: `touch-${n}`, at: after + n * minute, agent, session, subjects: [canary] });

const view = (n: number, session: string): ConsoleEvent =>
  access({
    id: `view-${n}`,
    at: after + n * minute,
    agent,
    session,
    subjects: [subject(`v-${n}`)],
  });

describe("an agent with more alerts than are kept", () => {
  it("has the alert of a session that goes on raised once, from when it was raised on", () => {
    const engine = worked();
    const first = run(engine, bulk(attackAt, 100, "long")).at(-1)?.alert;
    const others = Array.from({ length: 8 }, (_, n) => [
      touch(2 * n + 1, `short-${n}`),
      view(2 * n + 2, "long"),
    ]);
    const changes = run(engine, others.flat());
    expect(changes.filter(({ isNew }) => isNew)).toHaveLength(8);
    const last = changes.at(-1)?.alert;
    expect(last).toMatchObject({ alert_id: first?.alert_id, time: first?.time });
    expect(last?.exposure?.displayed).toBe(108);
  });

  it("has what an open session was found to do counted on", () => {
    const engine = worked();
    run(engine, [touch(0, "first")]);
    const others = Array.from({ length: 8 }, (_, n) => [
      touch(2 * n + 1, `other-${n}`),
      touch(2 * n + 2, "first"),
    ]);
    const last = run(engine, others.flat()).at(-1);
    expect(last?.alert.reasons[0]?.observed).toBe(9);
    expect(last?.isNew).toBe(false);
  });
});
