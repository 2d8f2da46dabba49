/** `deskwatch evidence`: an export that proves itself to somebody without access to the system. */
import { createWriteStream, renameSync, rmSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Command } from "commander";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { exportEvidence } from "../../ingest/evidence/export.ts";
import type { EvidenceQuestion } from "../../ingest/evidence/question.ts";
import { ledgerKeysOf } from "../../ingest/ledger/ledger-key.ts";
import { parseRfc3339 } from "../../ingest/pipeline/rfc3339.ts";
import { checkFile } from "../../ingest/runtime/place.ts";
import { eventKinds } from "../../ingest/vocabulary/event.ts";
import { CommandError } from "../command-error.ts";
import { openContext, withContext } from "../context.ts";
import type { Output } from "../output.ts";
import { retiredBefore } from "../routes/retired.ts";

interface EvidenceOptions {
  readonly agent?: string;
  readonly subjectToken?: string;
  readonly from: string;
  readonly to: string;
  readonly out: string;
}

export function evidenceCommand(output: Output): Command {
  return new Command("evidence")
    .description("Exports events with their proofs; `verify --bundle` checks them anywhere.")
    .option("--agent <id>", "only what this agent did")
    .option("--subject-token <token>", "only what concerns this subject")
    .requiredOption("--from <time>", "RFC 3339; event time, included")
    .requiredOption("--to <time>", "RFC 3339; event time, included")
    .requiredOption("--out <file>", "NDJSON, packed where the name ends in .gz")
    .action((options: EvidenceOptions) => run(output, options));
}

async function run(output: Output, options: EvidenceOptions): Promise<void> {
  const question = questionOf(options);
  checkFile("--out", options.out);
  await withContext(openContext(output), async (context) => {
    const store = await openStore(context.config);
    context.lifecycle.onStop("store", () => store.close());
    const { out, ...asked } = options;
    let leftOut = 0;
    const lines = exportEvidence({
      reader: store.reader,
      question,
      asked,
      log: ledgerKeysOf(context.config).trusted,
      madeAt: context.clock.now(),
      onLeftOut: (events) => {
        leftOut = events;
      },
    });
    await writeLines(out, lines);
    output.line(out);
    if (leftOut > 0) output.note(leftOutNote(leftOut));
    const gone = await retiredBefore(store.reader, question.from, eventKinds);
    if (gone !== null)
      output.note(`retention has removed events before ${gone}, which are not in it`);
  });
}

const leftOutNote = (events: number): string =>
  `${events} matching event${events === 1 ? " is" : "s are"} not in it, for no signed head covers` +
  ` ${events === 1 ? "it" : "them"}: a start of the service signs what it has written; \`deskwatch verify\` names the rest`;

const tokenPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function questionOf({ agent, subjectToken, from, to }: EvidenceOptions): EvidenceQuestion {
  // A variable that is not set would else ask for what everybody did.
  if (agent === "") throw new CommandError("--agent: expected an agent's id", 2);
  if (subjectToken !== undefined && !tokenPattern.test(subjectToken)) {
    throw new CommandError(
      "--subject-token: expected a token as POST /v1/subjects/lookup gives it",
      2,
    );
  }
  const range = { from: timeOf("--from", from), to: timeOf("--to", to) };
  if (range.from > range.to) throw new CommandError("--to: expected a time not before --from", 2);
  return { agentId: agent ?? "", subjectToken: subjectToken ?? "", ...range };
}

function timeOf(option: string, text: string): number {
  const at = parseRfc3339(text);
  if (at === undefined) throw new CommandError(`${option}: expected RFC 3339 with an offset`, 2);
  return at;
}

/** A bundle that is not whole never stands under its name. */
async function writeLines(path: string, lines: AsyncIterable<string>): Promise<void> {
  const partial = `${path}.partial`;
  const packing = path.endsWith(".gz") ? [createGzip()] : [];
  try {
    await pipeline([Readable.from(ended(lines)), ...packing, createWriteStream(partial)]);
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

async function* ended(lines: AsyncIterable<string>) {
  for await (const line of lines) yield `${line}\n`;
}
