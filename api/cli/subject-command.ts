/** `deskwatch subject lookup | reveal | erase | erasures`: raw identifiers of a store at rest. */
import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { Command, Option } from "commander";
import { revealRoute } from "../../detectors/store/read-input.ts";
import { createReadRecorder } from "../../detectors/store/read-recorder.ts";
import { askedOfNobody } from "../../detectors/store/read-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import type { StoredErasure } from "../../ingest/clickhouse/stored-erasures.ts";
import { loadConfig, processEnvironment } from "../../ingest/runtime/config.ts";
import { subjectReasonLengthMax, subjectsAtOnceMax } from "../../ingest/subjects/erasures.ts";
import type { Revealed } from "../../ingest/subjects/reveal.ts";
import { type SubjectType, subjectTypes } from "../../ingest/vocabulary/event.ts";
import { commandPrincipal } from "../auth/role.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { statementsOf } from "../ledger.ts";
import type { Output } from "../output.ts";
import { isoTime, isoTimeOrNull, tokenText } from "../parameters.ts";
import { tokenizerOf } from "../service-app.ts";
import { erasuresOf, revealOf } from "../subjects.ts";
import { atRest } from "./at-rest.ts";

interface Wish {
  readonly token: readonly string[];
  readonly reason: string;
  readonly json?: boolean;
}

export function subjectCommand(output: Output): Command {
  const command = new Command("subject").description(
    "Reveals and erases the raw identifiers behind tokens.",
  );
  command
    .command("lookup")
    .description("The token of an identifier, which is read from standard input.")
    .addOption(
      new Option("--type <type>", "what it is").choices(subjectTypes).makeOptionMandatory(),
    )
    .action(({ type }: { type: SubjectType }) => lookUp(output, type));
  withWish(command.command("reveal"))
    .description(
      "Shows type and identifier behind each token, once it is on record that you asked.",
    )
    .action((wish: Wish) => reveal(output, wish));
  withWish(command.command("erase"))
    .description("Erases the identifiers for good; tokens, events and proofs stay.")
    .action((wish: Wish) => erase(output, wish));
  command
    .command("erasures")
    .description("Lists every erasure, newest first.")
    .option("--json", "one JSON document")
    .action((options: { json?: boolean }) => listErasures(output, options.json === true));
  return command;
}

const withWish = (command: Command): Command =>
  command
    .requiredOption("--token <token...>", `subject tokens, ${subjectsAtOnceMax} at most`)
    .requiredOption("--reason <text>", "why; no personal data")
    .option("--json", "one JSON document");

const principal = commandPrincipal;
/** Whoever holds the store and its keys may do everything. */
const role = "admin";
/** Longer than any identifier that is taken. */
const identifierLengthMax = 256;

async function lookUp(output: Output, type: SubjectType): Promise<void> {
  const { config } = loadConfig(processEnvironment());
  const identifier = (await text(process.stdin)).trim();
  if (identifier === "" || identifier.length > identifierLengthMax) {
    const expected = `expected an identifier of 1 to ${identifierLengthMax} characters`;
    throw new CommandError(`standard input: ${expected}`, 2);
  }
  output.line(tokenizerOf({ config }).identify(type, identifier).token);
}

async function reveal(output: Output, wish: Wish): Promise<void> {
  const { tokens, reason } = checked(wish);
  await atRest(output, `POST ${revealRoute}`, async (context, store) => {
    await record(context, store, { tokens, reason });
    const found = await revealOf(context, store)(tokens);
    output.rows(found.map(revealedRow), wish.json === true);
  });
}

interface Asking {
  readonly tokens: readonly string[];
  readonly reason: string;
}

/** As the API does: before anything is shown. */
const record = (context: Context, store: Store, { tokens, reason }: Asking): Promise<void> =>
  createReadRecorder(statementsOf(context, store))({
    ...askedOfNobody,
    requestId: randomUUID(),
    at: context.clock.now(),
    principal,
    role,
    route: revealRoute,
    subjectTokens: tokens,
    reason,
  });

async function erase(output: Output, wish: Wish): Promise<void> {
  const { tokens, reason } = checked(wish);
  await atRest(output, "POST /v1/subjects/erase", async (context, store) => {
    const at = context.clock.now();
    const done = await erasuresOf(context, store).erase({ tokens, reason, principal, at });
    if (done.kind === "held") {
      const held = done.tokens.join(", ");
      throw new CommandError(`nobody was erased: a legal hold is in force on ${held}`, 1);
    }
    const rows = done.subjects.map(({ token, erasedAt }) => ({
      subject_token: token,
      state: erasedAt === null ? "unknown" : "erased",
      erased_at: isoTimeOrNull(erasedAt),
    }));
    output.rows(rows, wish.json === true);
  });
}

async function listErasures(output: Output, asJson: boolean): Promise<void> {
  await atRest(output, "GET /v1/subjects/erasures", async (context, store) => {
    const { list } = erasuresOf(context, store);
    const found: StoredErasure[] = [];
    for (let after: { at: number; id: string } | undefined; ; ) {
      const page = await list({ tokens: [], after, limit: erasuresPerPage });
      found.push(...page);
      const last = page.at(-1);
      if (last === undefined || page.length < erasuresPerPage) break;
      after = { at: last.erasedAt, id: last.token };
    }
    output.rows(found.map(erasureRow), asJson);
  });
}

const erasuresPerPage = 1_000;

function checked({ token, reason }: Wish): Asking {
  const tokens = [...new Set(token)];
  if (tokens.length > subjectsAtOnceMax) {
    throw new CommandError(`--token: expected ${subjectsAtOnceMax} tokens at most`, 2);
  }
  if (!tokens.every((one) => tokenText.safeParse(one).success)) {
    throw new CommandError("--token: expected a subject token", 2);
  }
  if (reason.trim() === "" || reason.length > subjectReasonLengthMax) {
    throw new CommandError(`--reason: expected 1 to ${subjectReasonLengthMax} characters`, 2);
  }
  return { tokens, reason };
}

const revealedRow = (one: Revealed) => ({
  subject_token: one.token,
  state: one.state,
  type: one.state === "revealed" ? one.type : null,
  id: one.state === "revealed" ? one.canonicalId : null,
});

const erasureRow = ({
  token,
  reason,
  principal: eraser,
  erasedAt,
  isAuthentic,
}: StoredErasure) => ({
  subject_token: token,
  reason,
  principal: eraser,
  erased_at: isoTime(erasedAt),
  authentic: isAuthentic,
});
