import type { AlertPart, AlertRecord } from "../../../../detectors/engine/agent-state.ts";
import { composeAlert } from "../../../../detectors/engine/alert-composer.ts";
import { emptyTally } from "../../../../detectors/engine/exposure-tally.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";
import { breadth } from "../../../../detectors/rules/breadth.ts";

const at = Date.UTC(2024, 0, 1);

/** A window of the story with that e-value, which cites one event named after it. */
const windowOf = (cause: string, eValue: number): AlertPart => ({
  cause,
  eValue,
  title: cause,
  reasons: [
    {
      detector: "breadth",
      observed: 9,
      expected: 1,
      unit: "subjects",
      p_value: 1e-6,
      baseline: "own",
      summary: `${cause}.`,
    },
  ],
  cited: [{ id: `of-${cause}`, at }],
});

function composed(...parts: AlertPart[]) {
  const record: AlertRecord = {
    id: "a".repeat(32),
    about: "session",
    time: at,
    revision: 1,
    last: at,
    sessions: [],
    incidentId: undefined,
    parts,
    tally: emptyTally(),
  };
  return composeAlert({
    agentId: "ag",
    record,
    learning: () => "ready",
    metas: new Map([["breadth", breadth.meta]]),
    weights: defaultParameters.severity,
  });
}

describe("an alert about several windows", () => {
  it("cites those with at least half as much evidence as the strongest, in nats", () => {
    const alert = composed(windowOf("weak", 99), windowOf("strong", 1e4), windowOf("near", 101));
    expect(alert.evidence).toEqual(["of-strong", "of-near"]);
  });

  it("tells of the others among its reasons all the same", () => {
    const alert = composed(windowOf("weak", 1), windowOf("strong", 1e4));
    expect(alert.reasons.map(({ summary }) => summary)).toEqual(["strong.", "weak."]);
    expect(alert.title).toBe("strong");
  });
});
