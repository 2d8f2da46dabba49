import { createEngine } from "../../../../detectors/engine/engine.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";
import { access, subject } from "../../../helpers/support-desk.ts";
import { agent, baselinesIn } from "./doubted-desk.ts";

const dayMs = 86_400_000;
const start = Date.UTC(2024, 0, 1, 9);
const halfLifeMs = defaultParameters.learning.own_half_life_days * dayMs;

/** One record, opened in a session of its own. */
const work = (at: number) =>
  access({ id: `at-${at}`, at, agent, session: `at-${at}`, subjects: [subject(`at-${at}`)] });

describe("an agent's own past", () => {
  it.each(["session", "agent-day"] as const)(
    "counts half after a half-life, per %s alike",
    (process) => {
      const engine = createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] });
      // The third only closes what the second opened.
      for (const n of [0, 1, 2]) engine.step(work(start + n * halfLifeMs));
      expect(baselinesIn(engine).histories[process][0]?.windows).toBeCloseTo(1.5, 6);
    },
  );
});
