/**
 * Whether detection scored every record once, and whether its alerts are those of an undisturbed run over the order
 * that it recorded.
 */

import { z } from "zod";
import type { AlertChange } from "../../../detectors/alert.ts";
import { createEngine, engineVersion } from "../../../detectors/engine/engine.ts";
import { detectionPlan, engineOptionsOf } from "../../../detectors/parameters/detection-plan.ts";
import {
  createEngineJournal,
  type RecordedInput,
} from "../../../detectors/runner/engine-journal.ts";
import { recover } from "../../../detectors/runner/recovery.ts";
import { score } from "../../../detectors/runner/runner.ts";
import { noStatements } from "../../../detectors/store/statement-log.ts";
import { readSubjectLists } from "../../../detectors/subject-lists.ts";
import type { Store } from "../../../ingest/clickhouse/client.ts";
import { defineQuery } from "../../../ingest/clickhouse/define-query.ts";
import { soleLease } from "../../../ingest/notary/lease.ts";
import { parseKey } from "../../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../../ingest/pipeline/tokenizer.ts";
import { systemClock } from "../../../ingest/runtime/clock.ts";
import { createMetrics } from "../../../ingest/runtime/metrics.ts";
import type { Config } from "../../../ingest/runtime/settings.ts";
import { quietLog } from "../../helpers/broker.ts";
import { type PartitionOffsets, placeOf } from "./topic-truth.ts";

const storedAlerts = defineQuery({
  name: "fault.alerts",
  sql: "SELECT alert_id, revision, body FROM alerts FINAL ORDER BY alert_id",
  params: z.object({}),
  row: z.object({ alert_id: z.string(), revision: z.number(), body: z.string() }),
});

export interface DetectionCheck {
  readonly alerts: number;
  readonly wrong: readonly string[];
}

export async function checkDetection(
  store: Store,
  config: Config,
  offsets: readonly PartitionOffsets[],
): Promise<DetectionCheck> {
  const inputs = await allInputs(store);
  const expected = await undisturbed(store, config);
  const stored = await storedAlerts(store.reader, {});
  const wrong = [...wrongInputs(inputs, offsets)];
  const ids = new Set([...expected.keys(), ...stored.map(({ alert_id: id }) => id)]);
  const found = new Map(stored.map((row) => [row.alert_id, `${row.revision} ${row.body}`]));
  const different = [...ids].filter((id) => found.get(id) !== expected.get(id));
  if (different.length > 0) {
    const [first = ""] = different;
    wrong.push(
      `${different.length} of ${ids.size} alerts differ from the undisturbed run, the first: ` +
        `${found.get(first)} instead of ${expected.get(first)}`,
    );
  }
  if (expected.size === 0) wrong.push("nothing to alert of was in the stream");
  return { alerts: expected.size, wrong };
}

const inputsPerRead = 10_000;

async function allInputs(store: Store): Promise<readonly RecordedInput[]> {
  const journal = createEngineJournal(store, engineVersion);
  const inputs: RecordedInput[] = [];
  for (;;) {
    const next = await journal.inputsAfter(inputs.at(-1)?.sequence ?? 0, inputsPerRead);
    if (next.length === 0) return inputs;
    inputs.push(...next);
  }
}

/** Each offset in one input, and no two inputs in one place of the order. */
function wrongInputs(
  inputs: readonly RecordedInput[],
  offsets: readonly PartitionOffsets[],
): readonly string[] {
  const places = new Set(inputs.map(({ sequence }) => sequence)).size;
  const isOrder = places === inputs.length;
  return [
    ...(isOrder ? [] : [`${inputs.length} recorded inputs in ${places} places of the order`]),
    ...offsets.flatMap((own) => wrongWithin(inputs, own)),
  ];
}

function wrongWithin(
  inputs: readonly RecordedInput[],
  { topic, partition, low, high }: PartitionOffsets,
): readonly string[] {
  const own = inputs
    .filter((input) => input.source === `kafka:${topic}` && input.partition === partition)
    .map((input) => ({ start: Math.max(input.start, low), end: Math.min(input.end, high) }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start);
  const wrong: string[] = [];
  let end = low;
  for (const { start, end: next } of [...own, { start: high, end: high }]) {
    const what = start > end ? "never" : "twice";
    const where = placeOf({ topic, partition });
    if (start !== end) wrong.push(`${what} scored: ${where} between ${end} and ${start}`);
    end = Math.max(end, next);
  }
  return wrong;
}

/** The alerts, as revision and body, of a fresh engine that is fed what was recorded. */
async function undisturbed(store: Store, config: Config): Promise<ReadonlyMap<string, string>> {
  const tokenizer = createTokenizer(parseKey("DESKWATCH_TOKEN_KEY", config.tokenKey));
  const lists = readSubjectLists(config.subjectListsFile, tokenizer);
  const engine = createEngine(engineOptionsOf(detectionPlan(config), lists));
  const alerts = new Map<string, string>();
  const keep = async (changes: readonly AlertChange[]): Promise<void> => {
    for (const { alert, revision } of changes) {
      alerts.set(alert.alert_id, `${revision} ${JSON.stringify(alert)}`);
    }
  };
  const metrics = createMetrics();
  const scoring = { engine, metrics, clock: systemClock, storeAlerts: keep };
  await recover({
    engine,
    isReadable: () => true,
    metrics,
    clock: systemClock,
    lease: soleLease,
    journal: {
      ...createEngineJournal(store, engineVersion),
      load: async () => ({ kind: "saved", sequence: 0, rows: [] }),
    },
    reader: store.reader,
    // Nobody judges an alert in a fault run.
    statements: noStatements,
    log: quietLog,
    pause: async () => undefined,
    score: (events, origin) => score(scoring, events, origin),
  });
  return alerts;
}
