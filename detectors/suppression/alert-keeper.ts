/** The way of changed alerts into the store and the topic, each with the suppression that it falls under. */

import type { Store } from "../../ingest/clickhouse/client.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { Alert, AlertChange } from "../alert.ts";
import { labelOf } from "../engine/totals.ts";
import type { InputOrigin } from "../runner/engine-journal.ts";
import { storeAlerts } from "../store/alert-store.ts";
import type { Suppressions } from "../store/suppression-store.ts";
import { createSuppressionMarker } from "./marker.ts";
import { toldSuppressed } from "./suppression.ts";

interface AlertKeeperDeps {
  readonly store: Pick<Store, "reader" | "asideWriter">;
  readonly metrics: Pick<Metrics, "count">;
  readonly clock: Clock;
  readonly suppressions?: Pick<Suppressions, "within">;
  readonly publish?: (alerts: readonly Alert[]) => Promise<void>;
}

export type AlertKeeper = (changes: readonly AlertChange[], origin: InputOrigin) => Promise<void>;

export function createAlertKeeper(deps: AlertKeeperDeps): AlertKeeper {
  const { store, suppressions, clock } = deps;
  const marker = suppressions && createSuppressionMarker({ suppressions, reader: store.reader });
  return async (changes, origin) => {
    const marks = (await marker?.marksOf(changes.map(({ alert }) => alert))) ?? [];
    const revisions = changes.map(({ alert, revision }, n) => ({
      alert,
      revision,
      origin,
      suppressionId: marks[n] ?? "",
    }));
    await storeAlerts(store.asideWriter, revisions, clock.now());
    if (origin === "live") countSuppressed(deps, changes, marks);
    await deps.publish?.(
      revisions.map(({ alert, suppressionId }) => toldSuppressed(alert, suppressionId)),
    );
  };
}

function countSuppressed(
  { metrics }: AlertKeeperDeps,
  changes: readonly AlertChange[],
  marks: readonly string[],
): void {
  for (const [n, { alert, isNew }] of changes.entries()) {
    const detector = labelOf(alert.detectors[0]);
    if (isNew && (marks[n] ?? "") !== "") {
      metrics.count("deskwatch_detect_suppressed_total", { detector });
    }
  }
}
