import type { AlertPart, AlertRecord } from "../../../../detectors/engine/agent-state.ts";
import { newRecord, putPart } from "../../../../detectors/engine/alert-book.ts";
import { composeAlert } from "../../../../detectors/engine/alert-composer.ts";
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

const composed = (...parts: AlertPart[]) => compose({ ...newRecord("a", "session", at), parts });

function compose(record: AlertRecord) {
  return composeAlert({
    agentId: "ag",
    record,
    learning: () => "ready",
    metas: new Map([["breadth", breadth.meta]]),
    weights: defaultParameters.severity,
  });
}

describe("an alert whose window has less evidence than it had", () => {
  it("keeps the evidence that was reached, and tells the window as it is", () => {
    const record = newRecord("a", "session", at);
    const put = (part: AlertPart) => putPart(record, { part, start: at, tallies: [] });
    put({ ...windowOf("w", 900), title: "before" });
    put({ ...windowOf("w", 0.3), title: "now" });
    expect(compose(record)).toMatchObject({ e_value: 900, title: "now" });
    put(windowOf("w", 1e4));
    expect(compose(record)).toMatchObject({ e_value: 1e4 });
  });
});

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
