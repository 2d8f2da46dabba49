/** What detection tells a person: the first twenty alerts of the first benchmark organisation, as a document. */
import type { Alert } from "../../detectors/alert.ts";
import { createEngine } from "../../detectors/engine/engine.ts";
import { episodesCited } from "../../detectors/evaluation/judgement.ts";
import { maliciousEventsOf, type Truth } from "../../detectors/evaluation/truth.ts";
import { evaluationOrganisations } from "../../ingest/simulator/evaluation/evaluation-organisations.ts";
import { readOrganisation } from "./labelled-organisation.ts";

const told = 20;

/** As each of them finally stood, in the order in which they were raised. */
export async function toldAlerts(): Promise<string> {
  const [drawn] = evaluationOrganisations;
  if (drawn === undefined) throw new RangeError("no evaluation organisation");
  const { events, truth, ...lists } = await readOrganisation(drawn);
  const engine = createEngine({ falseAlertsPer100AgentDays: 1, ...lists });
  const alerts = new Map<string, Alert>();
  for (const event of events) {
    for (const { alert } of engine.step(event)) alerts.set(alert.alert_id, alert);
  }
  const shown = [...alerts.values()].slice(0, told);
  return [
    "# Twenty explanations",
    "",
    `The first ${shown.length} of ${alerts.size} alerts of the first benchmark organisation (\`simulate --evaluation 1\`) as they finally`,
    "stood, in the order in which they were raised; none is left out. What really happened stands below each title. Made",
    "by `npm run -s explanations`; a test compares.",
    ...shown.flatMap((alert, n) => ["", ...sectionOf(alert, n, truth)]),
    "",
  ].join("\n");
}

function sectionOf(alert: Alert, n: number, truth: Truth): string[] {
  const { lane, severity, risk, detectors, title, explanation } = alert;
  const cited = episodesCited(alert.evidence, maliciousEventsOf(truth));
  const stories = truth.episodes.filter(({ id }) => cited.has(id));
  const really = stories.map(
    ({ scenario, variant }) => `${scenario}${variant === "" ? "" : `, ${variant}`}`,
  );
  return [
    `## ${n + 1}. ${title}`,
    "",
    `Really: ${really.length === 0 ? "ordinary work" : really.join("; ")}. ${severity}, risk ${risk}, ${lane}; ${detectors.join(", ")}.`,
    "",
    `> ${explanation}`,
  ];
}
