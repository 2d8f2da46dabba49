/** `deskwatch suppression create | revoke | list`: what pages nobody for a while. */
import { Command } from "commander";
import {
  type DetectionSettings,
  detectionPlan,
} from "../../detectors/parameters/detection-plan.ts";
import type { Suppressions } from "../../detectors/store/suppression-store.ts";
import {
  type Suppression,
  type SuppressionScope,
  stateOf,
  suppressionMsMax,
  suppressionReasonLengthMax,
} from "../../detectors/suppression/suppression.ts";
import { loadConfig, processEnvironment } from "../../ingest/runtime/config.ts";
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import { commandPrincipal } from "../auth/role.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { suppressionsOf } from "../ledger.ts";
import type { Output } from "../output.ts";
import { tokenText } from "../parameters.ts";
import { atRest } from "./at-rest.ts";
import { refuseUnknownIn } from "./option.ts";

interface CreateOptions {
  readonly detector: readonly string[];
  readonly agent: string;
  readonly subjectToken: string;
  readonly tenant: string;
  readonly team: string;
  readonly reason: string;
  readonly hours: string;
}

export function suppressionCommand(output: Output): Command {
  const command = new Command("suppression").description(
    "Keeps alerts of a scope from paging anybody for a while.",
  );
  command
    .command("create")
    .description("Creates a suppression; shows its id.")
    .option("--detector <id...>", "only these contribute; policy facts have to be named", [])
    .option("--agent <id>", "nobody else is involved", "")
    .option("--subject-token <token>", "nobody else was exposed", "")
    .option("--tenant <id>", "the evidence exposes only its subjects", "")
    .option("--team <name>", "the evidence is of agents of this team only", "")
    .requiredOption("--reason <text>", "why; no personal data")
    .requiredOption("--hours <count>", "until it expires")
    .action((options: CreateOptions) => create(output, options));
  command
    .command("revoke")
    .argument("<suppression-id>", "as `suppression list` shows it")
    .description("Ends a suppression: what happens from now on pages again.")
    .action((id: string) => revoke(output, id));
  command
    .command("list")
    .description("Lists suppressions, newest first, with those that have ended.")
    .option("--json", "one JSON document")
    .action((options: { json?: boolean }) => list(output, options.json === true));
  return command;
}

const principal = commandPrincipal;

async function create(output: Output, options: CreateOptions): Promise<void> {
  const { reason } = options;
  const scope = scopeOf(options, loadConfig(processEnvironment()).config);
  if (reason.trim() === "" || reason.length > suppressionReasonLengthMax) {
    throw new CommandError(`--reason: expected 1 to ${suppressionReasonLengthMax} characters`, 2);
  }
  const runsMs = Number(options.hours) * 3_600_000;
  if (!(runsMs > 0 && runsMs <= suppressionMsMax)) {
    throw new CommandError(`--hours: expected more than 0, up to ${suppressionMsMax / 3.6e6}`, 2);
  }
  await withSuppressions(output, async (suppressions, { clock }) => {
    const at = clock.now();
    const wanted = { ...scope, reason, expiresAt: Math.round(at + runsMs) };
    output.line((await suppressions.create(wanted, { principal, at })).suppressionId);
  });
}

function scopeOf(options: CreateOptions, settings: DetectionSettings): SuppressionScope {
  const { detector, agent: agentId, subjectToken, tenant, team } = options;
  const detectors = [...new Set(detector)].toSorted();
  refuseUnknownIn(detectionPlan(settings), "--detector", detectors);
  if (subjectToken !== "" && !tokenText.safeParse(subjectToken).success) {
    throw new CommandError("--subject-token: expected a subject token", 2);
  }
  if (detectors.length === 0 && [agentId, subjectToken, tenant, team].every((it) => it === "")) {
    throw new CommandError("expected a scope: --detector, --agent, --subject-token, …", 2);
  }
  return { detectors, agentId, subjectToken, tenant, team };
}

async function revoke(output: Output, id: string): Promise<void> {
  await withSuppressions(output, async (suppressions, { clock }) => {
    const found = await suppressions.revoke(id, { principal, at: clock.now() });
    if (found === undefined) throw new CommandError(`there is no suppression ${id}`, 1);
    output.line(`${stateOf(found, clock.now())} ${id}`);
  });
}

async function list(output: Output, asJson: boolean): Promise<void> {
  await withSuppressions(output, async (suppressions, { clock }) => {
    const rows = (await suppressions.list()).map((one) => rowOf(one, clock.now()));
    output.rows(rows, asJson);
  });
}

const withSuppressions = (
  output: Output,
  work: (suppressions: Suppressions, context: Context) => Promise<void>,
): Promise<void> =>
  atRest(
    output,
    "GET and POST /v1/suppressions and DELETE /v1/suppressions/{suppression_id}",
    (context, store) => work(suppressionsOf(context, store), context),
  );

const isoOf = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString();

const rowOf = (one: Suppression, now: EpochMs) => ({
  suppression_id: one.suppressionId,
  state: stateOf(one, now),
  detectors: one.detectors.join(","),
  agent_id: one.agentId,
  subject_token: one.subjectToken,
  tenant: one.tenant,
  team: one.team,
  reason: one.reason,
  created_by: one.principal,
  created_at: isoOf(one.createdAt),
  expires_at: isoOf(one.expiresAt),
  revoked_at: isoOf(one.revokedAt),
});
