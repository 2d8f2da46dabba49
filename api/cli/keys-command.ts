/** `deskwatch keys create | list | revoke`. */
import { Command, Option } from "commander";
import { StoreError } from "../../ingest/clickhouse/store-error.ts";
import { type EpochMs, epochMs } from "../../ingest/vocabulary/brand.ts";
import {
  type ApiKey,
  countRefusedKeys,
  createKey,
  listKeys,
  refusedKeys,
  revokeKey,
} from "../auth/keys.ts";
import { commandPrincipal, type Role, roles } from "../auth/role.ts";
import { CommandError } from "../command-error.ts";
import {
  type Context,
  openContext,
  openMigratedStore,
  openOwnStore,
  withContext,
} from "../context.ts";
import { signWritten, statementMacOf, statementsOf } from "../ledger.ts";
import type { Output } from "../output.ts";

interface CreateOptions {
  readonly role: Role;
  readonly name: string;
  readonly expires?: string;
  readonly json?: boolean;
}

const principal = commandPrincipal;

export function keysCommand(output: Output): Command {
  const command = new Command("keys").description("Makes, lists and revokes API keys.");
  command
    .command("create")
    .description("Makes a key and shows it this once; only its hash is stored.")
    .addOption(new Option("--role <role>", "what it may do").choices(roles).makeOptionMandatory())
    .option("--name <name>", "whose or what it is for", "")
    .option("--expires <time>", "RFC 3339 time, or days from now such as 90d")
    .option("--json", "one JSON document")
    .action((options: CreateOptions) => create(output, options));
  command
    .command("list")
    .description("Lists every key, without its secret.")
    .option("--json", "one JSON document")
    .action((options: { json?: boolean }) => list(output, options.json === true));
  command
    .command("revoke")
    .argument("<key-id>", "as `keys list` shows it")
    .description("Ends a key for good.")
    .action((keyId: string) => revoke(output, keyId));
  return command;
}

async function create(output: Output, options: CreateOptions): Promise<void> {
  await withContext(openContext(output), async (context) => {
    const now = context.clock.now();
    const expiresAt = options.expires === undefined ? undefined : expiryOf(options.expires, now);
    const store = await openKeyStore(context);
    const wanted = { name: options.name, role: options.role, expiresAt };
    const { apiKey, key } = await createKey(store, wanted, { principal, at: now });
    await store.sign();
    if (options.json === true) output.line(JSON.stringify({ api_key: apiKey, ...rowOf(key) }));
    else output.line(apiKey);
  });
}

async function list(output: Output, asJson: boolean): Promise<void> {
  await withContext(openContext(output), async (context) => {
    const store = await openKeyStore(context, openMigratedStore);
    output.rows((await listKeys(store)).map(rowOf), asJson);
    const refused = await countRefusedKeys(store);
    if (refused > 0) output.note(`left out: ${refusedKeys(refused)}`);
  });
}

async function revoke(output: Output, keyId: string): Promise<void> {
  await withContext(openContext(output), async (context) => {
    const store = await openKeyStore(context);
    const key = await revokeKey(store, keyId, { principal, at: context.clock.now() });
    if (key === undefined) throw new CommandError(`there is no key ${keyId}`, 1);
    await store.sign();
    output.line(`revoked ${keyId}`);
  });
}

/** A change of a key is part of the ledger; `sign` takes it into the log. */
async function openKeyStore(context: Context, open = openOwnStore) {
  const store = await open(context).catch((error: unknown) => {
    throw withAdvice(error);
  });
  return {
    reader: store.reader,
    statements: statementsOf(context, store),
    mac: statementMacOf(context),
    sign: () => signWritten(context, store),
  };
}

/** The embedded engine belongs to one process: while that one runs, only it can be asked. */
function withAdvice(error: unknown): unknown {
  if (!(error instanceof StoreError) || error.code !== "store.locked") return error;
  const instead = "while it runs, GET and POST /v1/keys and DELETE /v1/keys/{key_id} do the same";
  return new CommandError(`${error.message}; ${instead}`, 1);
}

const isoOf = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString();

const rowOf = (key: ApiKey) => ({
  key_id: key.keyId,
  role: key.role,
  name: key.name,
  created_at: isoOf(key.createdAt),
  expires_at: isoOf(key.expiresAt),
  revoked_at: isoOf(key.revokedAt),
  created_by: key.createdBy || null,
  revoked_by: key.revokedBy || null,
});

const dayMs = 86_400_000;

/** `90d` or an RFC 3339 time in the future. */
function expiryOf(text: string, now: EpochMs): EpochMs {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const at = days === undefined ? Date.parse(text) : now + Number(days) * dayMs;
  if (Number.isNaN(at) || at <= now) {
    throw new CommandError("--expires: expected a time in the future, or days such as 90d", 2);
  }
  return epochMs(at);
}
