/**
 * The fixture's own story, with the canary detector off. The sessions and dates are those of its README and
 * truth; what is benign there counts as a false alert.
 */

import { join } from "node:path";
import { alertSchema } from "../../../../detectors/alert.ts";
import { createEngine } from "../../../../detectors/engine/engine.ts";
import { amountInWords } from "../../../../detectors/engine/explanation.ts";
import { fixtureEvents } from "../../../helpers/fixture-events.ts";

const attackerSessions = ["ss-83fd169dca2cf8", "ss-91f5f579d5b281", "ss-e371e4abbb7399"];
const testStart = Date.UTC(2024, 5, 17);

const path = join(import.meta.dirname, "../../../fixtures/twilio-2022/events.ndjson.gz");
const events = fixtureEvents(path);

const totalShown = new Map<string, Set<string>>();
for (const event of events) {
  if (event.kind !== "access" || event.session?.id === undefined) continue;
  const shown = totalShown.get(event.session.id) ?? new Set();
  for (const { token } of event.subjects) shown.add(token);
  totalShown.set(event.session.id, shown);
}

const engine = createEngine({
  falseAlertsPer100AgentDays: 1,
  canaries: [],
  watchlist: [],
  disabledDetectors: ["canary"],
});
const shownSoFar = new Map<string, Set<string>>();
const shownAtAlert = new Map<string, number>();
const alerts = new Map<string, ReturnType<typeof alertSchema.parse>>();
for (const event of events) {
  const session = event.kind === "access" ? event.session?.id : undefined;
  if (event.kind === "access" && session !== undefined && attackerSessions.includes(session)) {
    const shown = shownSoFar.get(session) ?? new Set();
    for (const { token } of event.subjects) shown.add(token);
    shownSoFar.set(session, shown);
  }
  for (const { alert } of engine.step(event)) {
    alerts.set(alert.alert_id, alert);
    for (const id of alert.session_ids ?? []) {
      if (!shownAtAlert.has(id)) shownAtAlert.set(id, shownSoFar.get(id)?.size ?? 0);
    }
  }
}

describe("the fixture twilio-2022 without canaries", () => {
  it.each(attackerSessions)(
    "alerts on %s while it runs, with at most half displayed",
    (session) => {
      const total = totalShown.get(session)?.size ?? 0;
      expect(total).toBeGreaterThan(500);
      expect(shownAtAlert.get(session)).toBeLessThanOrEqual(total / 2);
    },
  );

  it("raises at most four false alerts in the test period, all lanes", () => {
    const raised = [...alerts.values()].filter(({ time }) => Date.parse(time) >= testStart);
    const isFalse = ({ session_ids = [] }: (typeof raised)[number]) =>
      !session_ids.some((id) => attackerSessions.includes(id));
    expect(raised.filter(isFalse).length).toBeLessThanOrEqual(4);
  });

  it("cites only the intruder's events and grades 650 displayed numbers as critical", () => {
    const inAttack = new Set(
      events.flatMap((event) =>
        event.kind === "access" && attackerSessions.includes(event.session?.id ?? "")
          ? [event.eventId as string]
          : [],
      ),
    );
    const found = [...alerts.values()].filter(({ session_ids = [] }) =>
      session_ids.some((id) => attackerSessions.includes(id)),
    );
    expect(found.length).toBe(3);
    for (const alert of found) {
      expect(alert.evidence.length).toBeGreaterThan(5);
      expect(alert.evidence.every((id) => inAttack.has(id))).toBe(true);
      expect(alert.severity).toBe("critical");
    }
  });

  it("begins an alert with its session, and one of a run of days with the first of these", () => {
    const all = [...alerts.values()];
    for (const session of attackerSessions) {
      const [first] = events.filter(
        (event) => event.kind === "access" && event.session?.id === session,
      );
      const own = all.find(({ session_ids: ids }) => ids?.includes(session));
      expect(Date.parse(own?.first_event_time ?? "")).toBe(first?.at);
    }
    const runs = all.flatMap((alert) => {
      const [, days] = /in (\d+) working days/.exec(alert.title) ?? [];
      return days === undefined ? [] : [{ alert, days: Number(days) }];
    });
    expect(runs.length).toBeGreaterThan(0);
    for (const { alert, days } of runs) {
      const ms = Date.parse(alert.last_event_time) - Date.parse(alert.first_event_time);
      expect(ms).toBeGreaterThan((days - 1) * 86_400_000);
    }
  });

  it("puts the three phished accounts into one incident, and nothing else", () => {
    const ofAttack = ({ session_ids = [] }: { session_ids?: string[] | undefined }) =>
      session_ids.some((id) => attackerSessions.includes(id));
    const all = [...alerts.values()];
    const incidents = new Set(all.filter(ofAttack).map(({ incident_id }) => incident_id));
    expect(incidents.size).toBe(1);
    const [incident] = incidents;
    const others = all.filter((alert) => !ofAttack(alert));
    expect(others.every(({ incident_id }) => incident_id !== incident)).toBe(true);
  });

  it("writes alerts of the wire shape whose explanation repeats the numbers of its reasons", () => {
    for (const alert of alerts.values()) {
      expect(alertSchema.safeParse(alert).success).toBe(true);
      for (const { observed, expected, interval = [0, 0], unit } of alert.reasons) {
        expect(alert.explanation).toContain(amountInWords(observed, unit));
        expect(alert.explanation).toContain(
          `expected ${expected} (95 %: ${interval[0]} to ${interval[1]})`,
        );
      }
    }
  });
});
