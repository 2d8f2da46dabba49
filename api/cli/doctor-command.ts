/** `deskwatch doctor`: what would keep Deskwatch from working, and what to do about each. */
import { Command } from "commander";
import { z } from "zod";
import { detectionPlan } from "../../detectors/parameters/detection-plan.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { pendingMigrations } from "../../ingest/clickhouse/migrate.ts";
import { StoreError } from "../../ingest/clickhouse/store-error.ts";
import { checkBroker } from "../../ingest/kafka/broker-check.ts";
import { KeyError, parseKey, parseKeyRing } from "../../ingest/pipeline/key.ts";
import { ConfigError } from "../../ingest/runtime/config.ts";
import { countRefusedKeys, listKeys, refusedKeys } from "../auth/keys.ts";
import { CommandError } from "../command-error.ts";
import { configuredLists } from "../configured-lists.ts";
import { type Context, openContext, withContext } from "../context.ts";
import { hookState } from "../hooks/hook.ts";
import { statementMacOf } from "../ledger.ts";
import type { Output } from "../output.ts";
import { type Finding, failed, lineOf, ok } from "./finding.ts";
import { throwAwayKeys } from "./own-keys.ts";
import { address, dataFolder, storeKeys, witness } from "./start-checks.ts";

export function doctorCommand(output: Output): Command {
  return new Command("doctor")
    .description("Checks broker, topics, ClickHouse, migrations, clock, keys and hooks.")
    .option("--json", "one JSON document")
    .action((options: { json?: boolean }) => examine(output, options.json === true));
}

async function examine(output: Output, asJson: boolean): Promise<void> {
  await withContext(openContext(output, { DESKWATCH_LOG_LEVEL: "silent" }), async (context) => {
    const findings = [
      ...subjectKeys(context),
      detection(context),
      ...(await kafka(context)),
      ...(await database(context)),
      await address(context),
      hook(context),
    ];
    if (asJson) output.line(JSON.stringify(findings, null, 2));
    else for (const finding of findings) output.line(lineOf(finding));
    const failed = findings.filter(({ state }) => state === "failed").length;
    if (failed > 0) throw new CommandError(`${failed} check${failed > 1 ? "s" : ""} failed`, 1);
  });
}

function subjectKeys({ config }: Context): Finding[] {
  const checkOf = (variable: string, parse: () => unknown): Finding => {
    try {
      parse();
      return ok(variable, "has the right shape");
    } catch (error) {
      const text = error instanceof Error ? error.message : "cannot be read";
      return { ...failed(variable, error, ""), detail: text.replace(`${variable}: `, "") };
    }
  };
  return [
    checkOf("DESKWATCH_TOKEN_KEY", () => parseKey("DESKWATCH_TOKEN_KEY", config.tokenKey)),
    checkOf("DESKWATCH_MASTER_KEY", () => parseKeyRing("DESKWATCH_MASTER_KEY", config.masterKey)),
    ...(config.ledgerKey === ""
      ? []
      : [
          checkOf("DESKWATCH_LEDGER_KEY", () =>
            parseKeyRing("DESKWATCH_LEDGER_KEY", config.ledgerKey),
          ),
        ]),
    witness(config),
  ];
}

/** Its parameters, analysts' rules and the subject lists stop a start that cannot use them. */
function detection({ config }: Context): Finding {
  const notes: string[] = [];
  const output = { note: (text: string) => notes.push(text) };
  try {
    // Whether the lists can be read does not hang on the key, of which another check tells.
    configuredLists({ config: { ...config, ...throwAwayKeys }, output }, detectionPlan(config));
  } catch (error) {
    const advice = "`deskwatch config check` says the same once it is mended";
    const told = failed("detection", error, advice);
    return error instanceof ConfigError ? { ...told, detail: error.problems.join("; ") } : told;
  }
  const found = ok("detection", "its parameters, rules and lists can be used");
  return notes.length === 0 ? found : { ...found, state: "warning", detail: notes.join("; ") };
}

async function kafka({ config, log }: Context): Promise<Finding[]> {
  if (config.kafkaBrokers.length === 0) {
    const advice = "set KAFKA_BROKERS to read from Kafka; files work without";
    return [{ check: "kafka", state: "off", detail: "KAFKA_BROKERS is empty", advice }];
  }
  try {
    const { brokers, missingTopics } = await checkBroker(config, log);
    const topics: Finding =
      missingTopics.length === 0
        ? ok("topics", "all there")
        : {
            check: "topics",
            state: "warning",
            detail: `missing: ${missingTopics.join(", ")}`,
            advice: "they are made at the first start if the broker allows it",
          };
    return [ok("kafka", `${brokers} broker${brokers > 1 ? "s" : ""}`), topics];
  } catch (error) {
    return [failed("kafka", error, "check KAFKA_BROKERS, TLS and SASL settings; is it running?")];
  }
}

async function database(context: Context): Promise<Finding[]> {
  const folder = context.config.clickhouseUrl === "" ? [dataFolder(context)] : [];
  if (folder.some(({ state }) => state === "failed")) return folder;
  return [...folder, ...(await databaseAsked(context))];
}

async function databaseAsked(context: Context): Promise<Finding[]> {
  let store: Store;
  try {
    store = await openStore(context.config);
  } catch (error) {
    if (error instanceof StoreError && error.code === "store.locked") return [held(error)];
    return [failed("clickhouse", error, "check CLICKHOUSE_URL and its user, or the data folder")];
  }
  context.lifecycle.onStop("store", () => store.close());
  const kind = store.embedded ? "embedded" : "server";
  return [
    ok("clickhouse", `answers (${kind})`),
    await clock(context, store),
    await migrations(store),
    await storeKeys(context, store),
    await apiKeys(context, store),
  ];
}

/** A Deskwatch that runs holds its embedded store: nothing is wrong, and nothing more can be seen. */
const held = (error: StoreError): Finding => ({
  check: "clickhouse",
  state: "warning",
  detail: error.message,
  advice:
    "if that is Deskwatch itself, ask its /readyz; schema, clock and keys are checked at a stop",
});

const databaseTime = defineQuery({
  name: "doctor.clock",
  sql: "SELECT toUnixTimestamp64Milli(now64(3)) AS now",
  params: z.object({}),
  row: z.object({ now: z.number() }),
});

/** An insert carries a deadline, and records may not lie in the future: clocks must agree. */
const clockSkewMsMax = 2_000;

async function clock({ clock: own }: Context, { reader }: Store): Promise<Finding> {
  const before = own.now();
  const [row] = await databaseTime(reader, {});
  const skewMs = Math.round((row?.now ?? 0) - (before + own.now()) / 2);
  if (Math.abs(skewMs) <= clockSkewMsMax) return ok("clock", `${skewMs} ms from the database's`);
  return {
    check: "clock",
    state: "failed",
    detail: `${skewMs} ms from the database's`,
    advice: "synchronise both machines (NTP); inserts are refused after their deadline",
  };
}

async function migrations(store: Store): Promise<Finding> {
  try {
    const pending = await pendingMigrations(store);
    if (pending.length === 0) return ok("migrations", "all applied");
    const detail = `${pending.length} to apply`;
    return { check: "migrations", state: "warning", detail, advice: "the next start applies them" };
  } catch (error) {
    if (!isUnknownName(error)) return failed("migrations", error, "see the message");
    const detail = "no schema yet";
    return { check: "migrations", state: "warning", detail, advice: "the first start makes it" };
  }
}

const keysIn = async (context: Context, reader: Reader) => {
  const given = { reader, mac: statementMacOf(context) };
  return { keys: await listKeys(given), refused: await countRefusedKeys(given) };
};

/**
 * Before the first start there is no table of keys, so no key, and none counts without a fit master key, of which
 * another check tells; any other error is one.
 */
function noneBeforeSchema(error: unknown): Awaited<ReturnType<typeof keysIn>> {
  if (isUnknownName(error) || error instanceof KeyError) return { keys: [], refused: 0 };
  throw error;
}

const isUnknownName = (error: unknown): boolean =>
  error instanceof StoreError && error.code === "clickhouse.unknown_name";

async function apiKeys(context: Context, { reader }: Store): Promise<Finding> {
  const { config, clock: own } = context;
  const hasBootstrap = config.bootstrapApiKey !== "";
  const { keys, refused } = await keysIn(context, reader).catch(noneBeforeSchema);
  const usable = keys.filter(
    ({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt ?? Infinity) > own.now(),
  );
  const isAskable = usable.length > 0 || hasBootstrap;
  if (refused > 0) {
    return {
      check: "api keys",
      state: isAskable ? "warning" : "failed",
      detail: `${usable.length} usable, ${refusedKeys(refused)}`,
      advice: "is DESKWATCH_MASTER_KEY the one that this store was begun with?",
    };
  }
  if (isAskable) {
    const bootstrap = hasBootstrap ? " and a bootstrap key" : "";
    return ok("api keys", `${usable.length} usable${bootstrap}`);
  }
  return {
    check: "api keys",
    state: "warning",
    detail: "nobody can ask the API",
    advice: "deskwatch keys create --role analyst, or set DESKWATCH_BOOTSTRAP_API_KEY",
  };
}

function hook({ config }: Context): Finding {
  switch (hookState(config)) {
    case "off":
      return {
        check: "pagerduty",
        state: "off",
        detail: "PAGERDUTY_ROUTING_KEY is empty",
        advice: "set it to page somebody",
      };
    case "invalid_key":
      return {
        check: "pagerduty",
        state: "failed",
        detail: "PAGERDUTY_ROUTING_KEY has not the shape of an integration key",
        advice:
          "it has 32 letters and digits; copy it from the service's Events API v2 integration",
      };
    case "on":
      return ok("pagerduty", "the key has the right shape");
  }
}
