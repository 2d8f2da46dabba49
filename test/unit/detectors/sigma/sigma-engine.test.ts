import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { createEngine, type EngineOptions } from "../../../../detectors/engine/engine.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import { subject } from "../../../helpers/support-desk.ts";
import { bare, eventCount, hour, minute, optionsFor, run, search, start } from "./sigma-desk.ts";
import { sigmaText } from "./sigma-text.ts";

describe("an analyst's rule", () => {
  it("alerts when distinct values reach the threshold within the timespan, of one group", () => {
    const engine = createEngine(optionsFor(sigmaText()));
    const changes = run(engine, [
      search(1, start, "a"),
      search(2, start + minute, "a"),
      search(3, start + 2 * minute, "b"),
      search(4, start + 3 * minute, "c", "ag-2"),
      search(5, start + 59 * minute, "c"),
      search(6, start + 60 * minute, "d"),
    ]);
    expect(changes.map(({ isNew }) => isNew)).toEqual([true, false]);
    const [first, second] = changes.map(({ alert }) => alert);
    expect(first).toMatchObject({
      lane: "policy",
      severity: "high",
      agent_id: "ag-1",
      detectors: ["sigma:many_searched"],
      title: "Many people searched: 3 distinct subjects.token",
      evidence: ["e5", "e3", "e2", "e1"],
      reasons: [{ observed: 3, expected: null, window_seconds: 3_600, baseline: "policy" }],
    });
    // At 60 minutes what was first is over; b, c, d and the second a are not.
    expect(second?.reasons[0]?.observed).toBe(4);
    const ajv = addFormats.default(new Ajv2020({ strict: false }));
    const schema = join(__dirname, "../../../fixtures/contract/alert.schema.json");
    expect(ajv.validate(JSON.parse(readFileSync(schema, "utf8")), second)).toBe(true);
  });

  it("holds no subject's name and no address, in its alert and in its state", () => {
    const text = sigmaText({ "[agent.id]": "[session.ip]" });
    const engine = createEngine(optionsFor(text));
    const at = (n: number) => {
      const event = search(n, start + n, `+1555555010${n}`);
      const session = {
        ...{ id: undefined, userAgent: undefined, deviceId: undefined },
        ...{ country: undefined, asn: undefined, authFactor: undefined, ip: "192.0.2.77" },
      };
      return { ...event, session };
    };
    const changes = run(engine, [at(1), at(2), at(3)]);
    expect(changes).toHaveLength(1);
    expect(changes[0]?.alert).toMatchObject({ agent_id: null, agent_ids: ["ag-1"] });
    const state = engine.snapshotDirty().filter(({ key }) => key.startsWith("sigma/"));
    const printed = JSON.stringify([changes, state]);
    for (const personal of ["192.0.2.77", "1555555010"]) expect(printed).not.toContain(personal);
  });

  it("begins another alert once its condition was not met for a timespan", () => {
    const engine = createEngine(optionsFor(sigmaText()));
    const three = (from: number, n: number) =>
      ["a", "b", "c"].map((who, m) => search(n + m, from + m * minute, who));
    const changes = run(engine, [...three(start, 0), ...three(start + 3 * hour, 10)]);
    expect(changes.map(({ isNew }) => isNew)).toEqual([true, true]);
    expect(new Set(changes.map(({ alert }) => alert.alert_id)).size).toBe(2);
  });

  it("counts what came late into the windows that it belongs to", () => {
    const engine = createEngine(optionsFor(sigmaText()));
    const changes = run(engine, [
      search(1, start, "a"),
      search(2, start + 50 * minute, "b"),
      // Nothing of the last hour holds three, but the hour that ends with the second does.
      search(3, start + 90 * minute, "b"),
      search(4, start + 30 * minute, "c"),
    ]);
    expect(changes.map(({ alert }) => alert.reasons[0]?.observed)).toEqual([3]);
  });

  it("takes an upper bound of the window that ends with the event", () => {
    const text = sigmaText({ ...eventCount, "gte: 3": "lte: 1" });
    const engine = createEngine(optionsFor(text));
    const changes = run(engine, [
      search(1, start, "a"),
      search(2, start + minute, "a"),
      search(3, start + 3 * hour, "a"),
    ]);
    expect(changes.map(({ alert }) => alert.time)).toEqual(
      [start, start + 3 * hour].map((at) => new Date(at).toISOString()),
    );
  });

  it("alerts nobody in the shadow, and does not run when it is switched off", () => {
    const options = optionsFor(sigmaText());
    const events = ["a", "b", "c"].map((who, n) => search(n, start + n, who));
    const metrics = createMetrics();
    const shadow = createEngine({ ...options, shadowDetectors: ["sigma:many_searched"], metrics });
    expect(run(shadow, events)).toEqual([]);
    const off = createEngine({ ...options, disabledDetectors: ["sigma:many_searched"] });
    expect(run(off, events)).toEqual([]);
    expect(off.snapshotDirty().some(({ key }) => key.startsWith("sigma/"))).toBe(false);
  });

  it("changes no other alert", () => {
    const events = Array.from({ length: 400 }, (_, n) =>
      search(n, start + n * minute, `who-${n}`, `ag-${n % 3}`),
    );
    const others = (options: EngineOptions) => {
      const engine = createEngine(options);
      const changes = events.flatMap((event) => engine.step(event));
      return changes.filter(({ alert }) => !alert.detectors[0]?.startsWith("sigma:"));
    };
    expect(others(optionsFor(sigmaText()))).toEqual(others(bare));
  });

  it("lets a state of another rule of its name be", () => {
    const three = ["a", "b", "c"].map((who, n) => search(n, start + n, who));
    const before = createEngine(optionsFor(sigmaText()));
    run(before, three.slice(0, 2));
    const rows = before.snapshotDirty();
    const same = createEngine(optionsFor(sigmaText()));
    same.restore(rows);
    expect(run(same, three.slice(2))).toHaveLength(1);
    const other = createEngine(optionsFor(sigmaText({ "gte: 3": "gt: 2" })));
    other.restore(rows);
    expect(run(other, three.slice(2))).toEqual([]);
  });

  it("counts every bound that it hits, and still decides on the newest timespan", () => {
    const counted = new Map<string, number>();
    const metrics = {
      gauge: () => undefined,
      count: (name: string, labels: object, times = 1) => {
        const key = `${name} ${JSON.stringify(labels)}`;
        counted.set(key, (counted.get(key) ?? 0) + times);
      },
    };
    const of = (bound: string) =>
      counted.get(`deskwatch_detect_sigma_bounds_total {"bound":"${bound}"}`) ?? 0;
    const text = sigmaText({ "gte: 3": "gte: 1000" });
    const engine = createEngine({ ...optionsFor(text), metrics });
    const repeated = Array.from({ length: 5_000 }, (_, n) => search(n, start + n, "same"));
    const distinct = Array.from({ length: 1_000 }, (_, n) =>
      search(10_000 + n, start + minute + n, `who-${n}`),
    );
    const changes = run(engine, [...repeated, ...distinct]);
    expect(changes[0]?.alert.reasons[0]?.observed).toBe(1_000);
    expect(of("entries")).toBeGreaterThan(900);
    expect(run(engine, [search(20_000, start - 3 * hour, "late")])).toEqual([]);
    expect(of("late")).toBe(1);
    const many = Array.from({ length: 2_100 }, (_, n) => subject(`page-${n}`));
    engine.step({ ...search(20_001, start + 2 * minute, ""), subjects: many });
    expect(of("values")).toBeGreaterThan(0);
    const groups = createEngine({
      ...optionsFor(sigmaText({ "[agent.id]": "[subjects.token]" })),
      metrics,
    });
    groups.step({ ...search(1, start, ""), subjects: many });
    expect(of("groups")).toBeGreaterThan(0);
    const crowded = Array.from({ length: 10_050 }, (_, n) => search(n, start + n, "x", `ag-${n}`));
    const before = of("groups");
    run(createEngine({ ...optionsFor(sigmaText()), metrics, agentsAtHandMax: 25 }), crowded);
    expect(of("groups") - before).toBe(50);
  });
});
