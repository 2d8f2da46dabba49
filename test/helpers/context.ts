/** The surroundings of a part under test: real ones, silent, with keys of their own. */

import { throwAwayKeys } from "../../api/cli/own-keys.ts";
import type { Context } from "../../api/context.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { loadConfig } from "../../ingest/runtime/config.ts";
import { createLifecycle } from "../../ingest/runtime/lifecycle.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import type { Config } from "../../ingest/runtime/settings.ts";

export function testContext(dataDir: string, overrides: Partial<Config> = {}): Context {
  const { config } = loadConfig({ DESKWATCH_DATA_DIR: dataDir, DESKWATCH_LOG_LEVEL: "silent" });
  const log = createLog(config);
  const quiet = (): void => undefined;
  return {
    config: { ...config, ...throwAwayKeys, ...overrides },
    log,
    metrics: createMetrics(),
    clock: systemClock,
    lifecycle: createLifecycle(log),
    output: { line: quiet, note: quiet, rows: quiet },
  };
}
