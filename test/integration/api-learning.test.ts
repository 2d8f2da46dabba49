import { createEngine, engineVersion } from "../../detectors/engine/engine.ts";
import { createEngineJournal } from "../../detectors/runner/engine-journal.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { startAt, withApi } from "../fixtures/api/api-harness.ts";
import { ordinaryWork } from "../helpers/support-desk.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(60_000);

it("an agent's learning state is read from detection's newest snapshot", () =>
  withApi(async (api) => {
    const path = "/v1/agents/agent-1/learning";
    expect((await api.call("get", path)).status).toBe(404);
    const engine = createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] });
    const journal = createEngineJournal(api.store, engineVersion);
    const work = ordinaryWork({ seed: 5, agents: 6, days: 20 });
    for (const event of work.slice(0, 200)) engine.step(event);
    await journal.save(engine.snapshotPieces(), 1, epochMs(startAt));
    for (const event of work.slice(200)) engine.step(event);
    await journal.save(engine.snapshotPieces(), 2, epochMs(startAt + 5_000));
    const expected = engine.learning("agent-1");
    const { body } = await api.call("get", path);
    expect(body).toMatchObject({
      agent_id: "agent-1",
      as_of: "2026-03-02T12:00:05.000Z",
      on_probation: expected?.onProbation,
    });
    expect(body.sessions).toBeCloseTo(expected?.sessions ?? 0, 3);
    expect(body.detectors.map((one: { detector: string }) => one.detector)).toEqual(
      expected?.detectors.map(({ detector }) => detector),
    );
    for (const [n, { state }] of (expected?.detectors ?? []).entries()) {
      expect(body.detectors[n].state).toBe(state);
    }
    expect((await api.call("get", "/v1/agents/nobody/learning")).status).toBe(404);
  }));
