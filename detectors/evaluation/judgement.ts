/**
 * Which alerts are true and which episodes they find, by one rule for every alerter: an alert is true if at
 * least half of its cited evidence is malicious, and a true alert finds the episodes that it cites.
 */
import type { MaliciousEvents } from "./truth.ts";

/** At least one event is cited. */
export function isTrueAlert(evidence: readonly string[], malicious: MaliciousEvents): boolean {
  const right = evidence.reduce((sum, id) => sum + (malicious.has(id) ? 1 : 0), 0);
  return right > 0 && right * 2 >= evidence.length;
}

/** Episodes that the evidence cites, whatever else it cites. */
export function episodesCited(
  evidence: readonly string[],
  malicious: MaliciousEvents,
): ReadonlySet<string> {
  return new Set(evidence.flatMap((id) => malicious.get(id) ?? []));
}

export interface Judgement {
  readonly alerts: number;
  readonly trueAlerts: number;
  readonly falseAlerts: number;
  /** Found by a true alert. */
  readonly found: ReadonlySet<string>;
  /** Cited by any alert, even one that is mostly ordinary work: what a lenient judge would call found. */
  readonly touched: ReadonlySet<string>;
}

/** `evidences`: the cited event ids of each alert. */
export function judge(
  evidences: readonly (readonly string[])[],
  malicious: MaliciousEvents,
): Judgement {
  const found = new Set<string>();
  const touched = new Set<string>();
  let trueAlerts = 0;
  for (const evidence of evidences) {
    const isTrue = isTrueAlert(evidence, malicious);
    if (isTrue) trueAlerts += 1;
    for (const episode of episodesCited(evidence, malicious)) {
      touched.add(episode);
      if (isTrue) found.add(episode);
    }
  }
  const alerts = evidences.length;
  return { alerts, trueAlerts, falseAlerts: alerts - trueAlerts, found, touched };
}

/** `undefined`: nothing to divide by. */
export function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}
