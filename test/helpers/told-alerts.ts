/** What detection tells a person: the first twenty alerts of the benchmark's organisations, as a document. */
import type { Alert } from "../../detectors/alert.ts";
import { createEngine } from "../../detectors/engine/engine.ts";
import { episodesCited } from "../../detectors/evaluation/judgement.ts";
import { maliciousEventsOf, type Truth } from "../../detectors/evaluation/truth.ts";
import { evaluationOrganisations } from "../../ingest/simulator/evaluation/evaluation-organisations.ts";
import type { DrawnOrganisation } from "../../ingest/simulator/organisation-draw.ts";
import { readOrganisation } from "./labelled-organisation.ts";

const told = 20;

interface Told {
  readonly alert: Alert;
  readonly truth: Truth;
}

/** As each of them finally stood, in the order in which they were raised. */
export async function toldAlerts(): Promise<string> {
  const shown: Told[] = [];
  const sources: string[] = [];
  for (const [n, organisation] of evaluationOrganisations.entries()) {
    if (shown.length === told) break;
    const all = await alertsOf(organisation);
    const some = all.slice(0, told - shown.length);
    shown.push(...some);
    sources.push(
      `the first ${some.length} of ${all.length} alerts of \`simulate --evaluation ${n + 1}\``,
    );
  }
  return [
    "# Twenty explanations",
    "",
    `Of the benchmark ${sources.join(" and ")},`,
    "as they finally stood, in the order in which they were raised; none is left out. What really happened stands below",
    "each title. Made by `npm run -s explanations`; a test compares.",
    ...shown.flatMap((one, n) => ["", ...sectionOf(one, n)]),
    "",
  ].join("\n");
}

async function alertsOf(organisation: DrawnOrganisation): Promise<Told[]> {
  const { events, truth, ...lists } = await readOrganisation(organisation);
  const engine = createEngine({ falseAlertsPer100AgentDays: 1, ...lists });
  const alerts = new Map<string, Alert>();
  for (const event of events) {
    for (const { alert } of engine.step(event)) alerts.set(alert.alert_id, alert);
  }
  return [...alerts.values()].map((alert) => ({ alert, truth }));
}

function sectionOf({ alert, truth }: Told, n: number): string[] {
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
