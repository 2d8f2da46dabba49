/** What `deskwatch doctor` looks at because a start would be refused for it: the folder, the address, the store's keys. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { otherKeys } from "../../ingest/clickhouse/store-keys.ts";
import { KeyError, parseKey, parseKeyRing } from "../../ingest/pipeline/key.ts";
import { ConfigError } from "../../ingest/runtime/config.ts";
import { makeFolder, PlaceError } from "../../ingest/runtime/place.ts";
import { CommandError } from "../command-error.ts";
import { type Context, storeKeysOf } from "../context.ts";
import { refuseUnfitHook } from "../hooks/hook.ts";
import { startHttpServer } from "../http-server.ts";
import { witnessKeyOf } from "../ledger.ts";
import { type Finding, failed, ok } from "./finding.ts";

/** A start makes the folder, so this does, too. */
export function dataFolder({ config: { dataDir } }: Pick<Context, "config">): Finding {
  try {
    makeFolder("DESKWATCH_DATA_DIR", dataDir);
    return ok("data folder", dataDir);
  } catch (error) {
    if (!(error instanceof PlaceError)) throw error;
    return failed("data folder", error, "name another, or mend that one");
  }
}

/** Free, or a Deskwatch answers there: then it runs already, and nothing is wrong. */
export async function address({ config }: Pick<Context, "config">): Promise<Finding> {
  const { host, port } = config;
  try {
    const server = await startHttpServer(() => undefined, config);
    await server.stop();
    return ok("address", port === 0 ? `${host}, any free port` : `${host}, port ${port} is free`);
  } catch (error) {
    const found = failed("address", error, "stop what holds it, or set another");
    if (!(await isDeskwatch(host, port))) return found;
    const detail = `a Deskwatch answers on port ${port} of ${host}`;
    return {
      ...found,
      state: "warning",
      detail,
      advice: "a second one needs another DESKWATCH_PORT",
    };
  }
}

const answerMsMax = 2_000;

async function isDeskwatch(host: string, port: number): Promise<boolean> {
  const shown = host.includes(":") ? `[${host}]` : host;
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    const answer = await fetch(`http://${shown}:${port}/livez`, { signal, redirect: "error" });
    const document: unknown = await answer.json();
    return JSON.stringify(document) === JSON.stringify({ status: "live" });
  } catch {
    return false;
  }
}

/** Whether anybody outside would notice that the newest rows are gone. */
export function witness(config: Context["config"]): Finding {
  const names = [
    ...(config.ledgerWitnessPath === "" ? [] : ["file"]),
    ...(config.ledgerWitnessUrl === "" ? [] : ["http"]),
    ...(config.ledgerWitnessTopic === "" ? [] : ["topic"]),
  ];
  if (config.ledgerWitnessUrl !== "") {
    try {
      witnessKeyOf(config);
    } catch (error) {
      return failed("witness", error, "`deskwatch witness` prints its key at its start");
    }
  }
  if (names.length > 0) return ok("witness", names.join(", "));
  return {
    check: "witness",
    state: "warning",
    detail: "nobody outside holds the signed heads of the log",
    advice:
      "set one of DESKWATCH_LEDGER_WITNESS_PATH, _URL and _TOPIC; else a cut of the newest rows cannot be seen",
  };
}

/** What a start would refuse though its type is right; what is empty may be set later. Each names its variable. */
export function unfitSettings(config: Context["config"]): string[] {
  const { tokenKey, masterKey, ledgerKey, ledgerWitnessUrl, pagerdutyRoutingKey } = config;
  const checks: readonly (readonly [string, () => unknown])[] = [
    [tokenKey, () => parseKey("DESKWATCH_TOKEN_KEY", tokenKey)],
    [masterKey, () => parseKeyRing("DESKWATCH_MASTER_KEY", masterKey)],
    [ledgerKey, () => parseKeyRing("DESKWATCH_LEDGER_KEY", ledgerKey)],
    [ledgerWitnessUrl, () => witnessKeyOf(config)],
    [pagerdutyRoutingKey, () => refuseUnfitHook(config)],
  ];
  return checks.flatMap(([value, check]) => (value === "" ? [] : refusalsOf(check)));
}

function refusalsOf(check: () => unknown): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    if (error instanceof KeyError || error instanceof CommandError) return [error.message];
    throw error;
  }
}

/** An unfit key is told of by another check. */
export async function storeKeys(
  { config }: Pick<Context, "config">,
  { reader }: Pick<Store, "reader">,
): Promise<Finding> {
  try {
    const problems = await otherKeys(reader, storeKeysOf(config));
    if (problems.length === 0)
      return ok("keys of the store", "none contradicts those that are set");
    return {
      check: "keys of the store",
      state: "failed",
      detail: problems.join("; "),
      advice: "a start is refused, as what it wrote could not be told from the rest any more",
    };
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    return { ...ok("keys of the store", "not compared, as a key is unfit"), state: "warning" };
  }
}
