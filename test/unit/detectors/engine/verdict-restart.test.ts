import fc from "fast-check";
import type { EngineInput } from "../../../../detectors/engine-input.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";
import {
  after,
  agent,
  alertOf,
  attack,
  attackAt,
  bulk,
  dayMs,
  fresh,
  laterWork,
  login,
  run,
  stateIn,
  verdict,
  worked,
} from "./doubted-desk.ts";

const probationMs = defaultParameters.learning.undisposed_days * 86_400_000;
jest.setTimeout(300_000);

describe("a restart", () => {
  it("anywhere among events and verdicts changes no alert and no baseline", () => {
    const straight = worked();
    const first = alertOf(run(straight, [...attack, after]), "stolen");
    const second = bulk(attackAt + 3 * dayMs, 70, "again");
    const third = bulk(attackAt + 9 * dayMs, 70, "third");
    const story: EngineInput[] = [
      ...attack.slice(0, 70),
      verdict(first, "malicious"),
      ...attack.slice(70),
      after,
      verdict(first, "legitimate"),
      ...second,
      login(attackAt + 4 * dayMs),
      verdict(first, "policy_violation"),
      ...laterWork,
      ...third,
      login(attackAt + 10 * dayMs),
      login(attackAt + 2 * dayMs + probationMs),
      login(attackAt + 12 * dayMs + probationMs),
    ];
    const undisturbed = worked();
    const saved = [...stateIn(undisturbed)];
    const expected = run(undisturbed, story);
    const restartingAt = (places: ReadonlySet<number>) => {
      const stored = new Map(saved);
      const open = () => {
        const engine = fresh();
        engine.restore([...stored].map(([key, state]) => ({ key, state })));
        return engine;
      };
      let engine = open();
      const changes = story.flatMap((input, n) => {
        const found = [...engine.step(input)];
        if (places.has(n)) {
          for (const { key, state } of engine.snapshotDirty()) stored.set(key, state);
          engine = open();
        }
        return found;
      });
      for (const { key, state } of engine.snapshotDirty()) stored.set(key, state);
      return { changes, own: JSON.parse(stored.get(`agent/${agent}`) ?? "{}") as unknown };
    };
    const own = JSON.parse(stateIn(undisturbed).get(`agent/${agent}`) ?? "{}") as unknown;
    const verdicts = story.flatMap(({ kind }, n) => (kind === "verdict" ? [n - 1, n] : []));
    expect(expected.length).toBeGreaterThan(3);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(story.length - 1), { maxLength: 9 }), (places) => {
        const restarted = restartingAt(new Set([...places, ...verdicts]));
        expect(restarted.changes).toEqual(expected);
        expect(restarted.own).toEqual(own);
      }),
      { numRuns: 6, seed: 20_260_302 },
    );
  });
});
