/** A snapshot is of the moment at which it was begun, whatever is scored until the last of it is taken. */
import fc from "fast-check";
import { agentsMax, createAgentBook } from "../../../../detectors/engine/agent-book.ts";
import type { Engine, SnapshotRow } from "../../../../detectors/engine/engine.ts";
import { createWatchedEngine } from "../../../../detectors/engine/watched-engine.ts";
import type { EngineInput } from "../../../../detectors/engine-input.ts";
import { readInputOf } from "../../../../detectors/store/read-input.ts";
import { readersWeeks } from "../../../helpers/readers.ts";
import { deskStart } from "../../../helpers/support-desk.ts";
import {
  after,
  alertOf,
  attack,
  laterWork,
  run,
  stateIn,
  verdict,
  worked,
} from "./doubted-desk.ts";

jest.setTimeout(300_000);

const options = { falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] };
/** As few at hand as may be, so that agents are packed away and come back all the time. */
const fresh = (): Engine => createWatchedEngine({ ...options, agentsAtHandMax: 1 });

const reads = readersWeeks({ seed: "meanwhile", readers: 4, days: 7, start: deskStart });
const alertId = alertOf(run(worked(), [...attack, after]), "stolen");
const begun = stateIn(worked());
const later = laterWork
  .slice(0, 150)
  .flatMap((event, n): EngineInput[] => [event, ...reads.slice(n, n + 1).map(readInputOf)]);
const story: readonly EngineInput[] = [
  ...attack,
  after,
  verdict(alertId, "legitimate"),
  ...later,
  verdict(alertId, "malicious"),
  ...laterWork.slice(150, 200),
];

/** A desk at work for weeks, after as many inputs of the story. */
function workedTo(place: number): Engine {
  const engine = fresh();
  engine.restore([...begun].map(([key, state]) => ({ key, state })));
  run(engine, story.slice(0, place));
  return engine;
}

const byKey = (rows: readonly SnapshotRow[]) =>
  rows.map(({ key, state }) => [key, state] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** Rows of a snapshot begun at `place`, of which a piece is taken now and then while the story goes on. */
function takenMeanwhile(place: number, inputsPerPiece: readonly number[]): SnapshotRow[] {
  const engine = workedTo(place);
  const pieces = engine.snapshotPieces()[Symbol.iterator]();
  const rows: SnapshotRow[] = [];
  let at = place;
  for (let n = 0; ; n += 1) {
    const next = pieces.next();
    if (next.done === true) return rows;
    rows.push(...next.value);
    const count = inputsPerPiece[n % inputsPerPiece.length] ?? 0;
    run(engine, story.slice(at, at + count));
    at += count;
  }
}

describe("a snapshot taken while scoring goes on", () => {
  it("holds what one taken at once would have held", () => {
    expect(alertId).not.toBe("none");
    const counts = fc.array(fc.nat(40), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.nat(story.length - 1), counts, (place, inputsPerPiece) => {
        const expected = byKey(workedTo(place).snapshotDirty());
        const rows = byKey(takenMeanwhile(place, inputsPerPiece));
        expect(rows).toEqual(expected);
      }),
      { numRuns: 20, seed: 20_261_127 },
    );
  });

  it("leaves what changes meanwhile to the next one", () => {
    const place = 60;
    const engine = workedTo(place);
    const twin = workedTo(place);
    twin.snapshotDirty();
    const pieces = engine.snapshotPieces();
    run(engine, story.slice(place));
    run(twin, story.slice(place));
    expect([...pieces].length).toBeGreaterThan(0);
    expect(byKey(engine.snapshotDirty())).toEqual(byKey(twin.snapshotDirty()));
  });

  it("is refused while one before it is not taken whole", () => {
    const engine = workedTo(60);
    engine.snapshotPieces();
    expect(() => engine.snapshotPieces()).toThrow("not taken whole");
  });

  it("holds an agent that is forgotten meanwhile", () => {
    const book = createAgentBook([], undefined, 1);
    for (let n = 0; n < agentsMax; n += 1) book.touch(`${n}`);
    const pieces = book.saveDirty();
    book.touch("one more");
    expect(book.peek("0")).toBeUndefined();
    const keys = [...pieces].flat().map(({ key }) => key);
    expect(keys.length).toBe(agentsMax);
    expect(keys).toContain("agent/0");
    expect([...book.saveDirty()].flat().map(({ key }) => key)).toEqual(["agent/one more"]);
  });
});
