/**
 * How well detection does on a labelled stream: false alerts per 100 active agent-days, precision, recall of
 * episodes, and the share of each attacker session that was taken when it alerted.
 *
 *   npx tsx test/bench/evaluate.ts EVENTS.ndjson.gz TRUTH.json …
 *
 * An alert is true if at least half of its evidence is malicious; only alerts of the test period count. The
 * canary detector is off: it would say more of the canaries than of the statistics.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Alert } from "../../detectors/alert.ts";
import { createEngine } from "../../detectors/engine/engine.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { fixtureEvents } from "../helpers/fixture-events.ts";

const truthSchema = z.object({
  period: z.object({ test_start: z.string() }),
  org_facts: z.object({ active_agent_days_test: z.number() }),
  episodes: z.array(
    z.object({
      id: z.string(),
      session_ids: z.array(z.string()),
      malicious_event_ids: z.array(z.string()),
    }),
  ),
});
type Truth = z.infer<typeof truthSchema>;

/** Distinct subjects of an attacker session: so far, and when it first alerted. */
interface Taken {
  readonly subjects: Set<string>;
  atAlert: number | undefined;
}

interface Played {
  readonly alerts: readonly Alert[];
  /** By attacker session. */
  readonly taken: ReadonlyMap<string, Taken>;
}

function noteSubjects(taken: Played["taken"], event: ConsoleEvent): void {
  if (event.kind !== "access") return;
  const own = taken.get(event.session?.id ?? "");
  for (const { token } of event.subjects) own?.subjects.add(token);
}

function noteAlert(taken: Played["taken"], alert: Alert): void {
  for (const id of alert.session_ids ?? []) {
    const session = taken.get(id);
    if (session !== undefined) session.atAlert ??= session.subjects.size;
  }
}

function play(events: readonly ConsoleEvent[], attackerSessions: readonly string[]): Played {
  const engine = createEngine({
    falseAlertsPer100AgentDays: 1,
    canaries: [],
    watchlist: [],
    disabledDetectors: ["canary"],
  });
  const alerts = new Map<string, Alert>();
  const taken = new Map(
    attackerSessions.map((id): [string, Taken] => [
      id,
      { subjects: new Set(), atAlert: undefined },
    ]),
  );
  for (const event of events) {
    noteSubjects(taken, event);
    for (const { alert } of engine.step(event)) {
      alerts.set(alert.alert_id, alert);
      noteAlert(taken, alert);
    }
  }
  return { alerts: [...alerts.values()], taken };
}

function report(name: string, truth: Truth, { alerts, taken }: Played): string[] {
  const episodeOf = new Map(
    truth.episodes.flatMap(({ id, malicious_event_ids }) =>
      malicious_event_ids.map((event) => [event, id] as const),
    ),
  );
  const start = Date.parse(truth.period.test_start);
  const judged = alerts.filter(({ time }) => Date.parse(time) >= start);
  const isTrue = ({ evidence }: Alert) =>
    evidence.filter((id) => episodeOf.has(id)).length * 2 >= evidence.length;
  const right = judged.filter(isTrue);
  const found = new Set(
    right.flatMap(({ evidence }) => evidence.flatMap((id) => episodeOf.get(id) ?? [])),
  );
  const wrong = judged.length - right.length;
  const rate = ((100 * wrong) / truth.org_facts.active_agent_days_test).toFixed(2);
  const lines = [
    `${name}: ${judged.length} alerts, ${right.length} true, ${wrong} false (${rate} per 100 agent-days), ` +
      `${found.size} of ${truth.episodes.length} episodes`,
  ];
  for (const [id, { atAlert, subjects }] of taken) {
    lines.push(`  ${id}: alert at ${atAlert ?? "never"} of ${subjects.size} subjects`);
  }
  return lines;
}

const files = process.argv.slice(2);
for (let n = 0; n + 1 < files.length; n += 2) {
  const [events = "", labels = ""] = files.slice(n);
  const truth = truthSchema.parse(JSON.parse(readFileSync(labels, "utf8")));
  const sessions = truth.episodes.flatMap(({ session_ids }) => session_ids);
  const lines = report(events, truth, play(fixtureEvents(events), sessions));
  process.stdout.write(`${lines.join("\n")}\n`);
}
