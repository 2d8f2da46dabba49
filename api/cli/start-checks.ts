/** What `deskwatch doctor` looks at because a start would be refused for it: the folder, the address, the store's keys. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { otherKeys } from "../../ingest/clickhouse/store-keys.ts";
import { KeyError } from "../../ingest/pipeline/key.ts";
import { makeFolder, PlaceError } from "../../ingest/runtime/place.ts";
import { type Context, storeKeysOf } from "../context.ts";
import { startHttpServer } from "../http-server.ts";
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
