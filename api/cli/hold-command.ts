/** `deskwatch hold place | release | list`: what no retention may remove. */
import { Command } from "commander";
import type { Store } from "../../ingest/clickhouse/client.ts";
import type { HoldScope, LegalHold } from "../../ingest/clickhouse/stored-holds.ts";
import { holdReasonLengthMax, type LegalHolds } from "../../ingest/retention/legal-holds.ts";
import { isAnyStoredOf } from "../../ingest/retention/stored-of.ts";
import { commandPrincipal } from "../auth/role.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import type { Output } from "../output.ts";
import { idText, instant, tokenText } from "../parameters.ts";
import { legalHoldsOf } from "../retention.ts";
import { atRest } from "./at-rest.ts";

interface PlaceOptions {
  readonly agent?: string;
  readonly subjectToken?: string;
  readonly from?: string;
  readonly to?: string;
  readonly reason: string;
}

export function holdCommand(output: Output): Command {
  const command = new Command("hold").description(
    "Keeps what concerns an agent or a subject from any retention.",
  );
  command
    .command("place")
    .description("Places a legal hold on an agent or on a subject; shows its id.")
    .option("--agent <id>", "whatever concerns this agent")
    .option("--subject-token <token>", "whatever concerns this subject")
    .option("--from <time>", "RFC 3339; event time, included")
    .option("--to <time>", "RFC 3339; event time, included")
    .requiredOption("--reason <text>", "why; no personal data")
    .action((options: PlaceOptions) => place(output, options));
  command
    .command("release")
    .argument("<hold-id>", "as `hold list` shows it")
    .description("Ends a hold; the next pass of retention takes what it kept.")
    .action((holdId: string) => release(output, holdId));
  command
    .command("list")
    .description("Lists every hold, newest first, with the released ones.")
    .option("--json", "one JSON document")
    .action((options: { json?: boolean }) => list(output, options.json === true));
  return command;
}

const principal = commandPrincipal;

async function place(output: Output, options: PlaceOptions): Promise<void> {
  const wanted = { ...scopeOf(options), reason: options.reason };
  if (wanted.reason.trim() === "" || wanted.reason.length > holdReasonLengthMax) {
    throw new CommandError(`--reason: expected 1 to ${holdReasonLengthMax} characters`, 2);
  }
  await withHolds(output, async (holds, context, store) => {
    const hold = await holds.place(wanted, { principal, at: context.clock.now() });
    output.line(hold.holdId);
    if (!(await isAnyStoredOf(store.reader, wanted))) {
      output.note("nothing that is stored is about it yet: is the id as it is stored?");
    }
  });
}

async function release(output: Output, holdId: string): Promise<void> {
  await withHolds(output, async (holds, context) => {
    const hold = await holds.release(holdId, { principal, at: context.clock.now() });
    if (hold === undefined) throw new CommandError(`there is no hold ${holdId}`, 1);
    output.line(`released ${holdId}`);
  });
}

async function list(output: Output, asJson: boolean): Promise<void> {
  await withHolds(output, async (holds) => {
    output.rows((await holds.list()).map(holdRow), asJson);
  });
}

const withHolds = (
  output: Output,
  work: (holds: LegalHolds, context: Context, store: Store) => Promise<void>,
): Promise<void> =>
  atRest(output, "GET and POST /v1/holds and DELETE /v1/holds/{hold_id}", (context, store) =>
    work(legalHoldsOf(context, store), context, store),
  );

function scopeOf({ agent = "", subjectToken = "", from, to }: PlaceOptions): HoldScope {
  if ((agent === "") === (subjectToken === "")) {
    throw new CommandError("expected exactly one of --agent and --subject-token", 2);
  }
  if (agent !== "" && !idText.safeParse(agent).success) {
    throw new CommandError("--agent: expected an agent's id of at most 256 characters", 2);
  }
  if (subjectToken !== "" && !tokenText.safeParse(subjectToken).success) {
    throw new CommandError("--subject-token: expected a subject token", 2);
  }
  const scope = { fromAt: timeOf("--from", from), toAt: timeOf("--to", to) };
  if (scope.fromAt !== null && scope.toAt !== null && scope.fromAt > scope.toAt) {
    throw new CommandError("--from: expected a time not after --to", 2);
  }
  return { agentId: agent, subjectToken, ...scope };
}

function timeOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const parsed = instant.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CommandError(`${option}: expected an RFC 3339 time from 1970 to 2299`, 2);
}

const isoOf = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString();

export const holdRow = (hold: LegalHold) => ({
  hold_id: hold.holdId,
  agent_id: hold.agentId,
  subject_token: hold.subjectToken,
  from: isoOf(hold.fromAt),
  to: isoOf(hold.toAt),
  reason: hold.reason,
  principal: hold.principal,
  placed_at: isoOf(hold.placedAt),
  released_at: isoOf(hold.releasedAt),
});
