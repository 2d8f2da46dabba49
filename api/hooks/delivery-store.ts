/** Deliveries on record, and the alerts that still owe one. */
import { z } from "zod";
import { alertStatuses, type Severity, severities } from "../../detectors/alert.ts";
import type { Writer } from "../../ingest/clickhouse/client.ts";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { type AlertId, alertId, type EpochMs, epochMs } from "../../ingest/vocabulary/brand.ts";
import {
  type Deliveries,
  type DeliveryAction,
  deliveryActions,
  deliveryStates,
  type OutboxAlert,
} from "./outbox.ts";

/** Of which service the records are; one service a sink. */
export type SinkName = "pagerduty";

export interface DeliveryRecord {
  readonly sink: SinkName;
  readonly alertId: AlertId;
  readonly action: DeliveryAction;
  readonly state: (typeof deliveryStates)[number];
  readonly attempts: number;
  readonly nextAttemptAt: EpochMs;
  /** `http_<status>`, `network`, `too_old`. */
  readonly detail: string;
  readonly updatedAt: EpochMs;
}

/** A later record of the same alert and action replaces the earlier. */
export async function storeDeliveries(
  writer: Pick<Writer, "insertRows">,
  records: readonly DeliveryRecord[],
): Promise<void> {
  await writer.insertRows(
    "deliveries",
    records.map((record) => ({
      sink: record.sink,
      alert_id: record.alertId,
      action: record.action,
      state: record.state,
      attempts: record.attempts,
      next_attempt_at: record.nextAttemptAt,
      detail: record.detail,
      // Each call adds an attempt, and an expiry comes after the last one.
      revision: 2 * record.attempts + (record.state === "expired" ? 1 : 0),
      updated_at: record.updatedAt,
    })),
  );
}

export interface OwingAlert {
  readonly alertId: AlertId;
  readonly alert: OutboxAlert;
  readonly deliveries: Deliveries;
  /** Alerts that owe something, beyond the limit too. */
  readonly owing: number;
}

const deliveryTuple = z
  .tuple([z.union([z.literal(""), z.enum(deliveryStates)]), z.coerce.number(), z.coerce.number()])
  .transform(([state, attempts, next]) =>
    state === "" ? undefined : { state, attempts, nextAttemptAt: epochMs(next) },
  );

const owingRow = z
  .object({
    alert_id: z.string(),
    origin: z.enum(["live", "backfill"]),
    suppression_id: z.string(),
    severity: z.enum(severities),
    status: z.enum(alertStatuses),
    last_event_ms: z.coerce.number(),
    acted_ms: z.coerce.number(),
    trigger: deliveryTuple,
    acknowledge: deliveryTuple,
    resolve: deliveryTuple,
    owing: z.coerce.number(),
  })
  .transform(
    (row): OwingAlert => ({
      alertId: alertId(row.alert_id),
      alert: {
        live: row.origin === "live",
        suppressed: row.suppression_id !== "",
        severity: row.severity,
        status: row.status,
        lastEventAt: epochMs(row.last_event_ms),
        actedAt: epochMs(row.acted_ms),
      },
      deliveries: Object.fromEntries(
        deliveryActions.flatMap((action) => {
          const delivery = row[action];
          return delivery === undefined ? [] : [[action, delivery]];
        }),
      ),
      owing: row.owing,
    }),
  );

const newestOf = (action: DeliveryAction): string =>
  `argMaxIf((toString(state), attempts, toUnixTimestamp64Milli(next_attempt_at)), revision,
      action = '${action}')`;

/** The condition says what `nextDelivery` would not answer with "none"; a test holds the two together. */
const owingAlerts = defineQuery({
  name: "deliveries.owing",
  sql: `SELECT alert_id, origin, suppression_id, severity, status, last_event_ms, acted_ms, trigger,
  acknowledge, resolve, count() OVER () AS owing
FROM (
  SELECT a.alert_id AS alert_id, a.origin AS origin, a.suppression_id AS suppression_id,
    a.severity AS severity,
    if(x.actions = 0, 'open', x.last_status) AS status, a.last_event_ms AS last_event_ms,
    x.last_at AS acted_ms, d.t AS trigger, d.a AS acknowledge, d.r AS resolve,
    multiIf(tupleElement(trigger, 1) IN ('', 'retrying'), trigger,
      status = 'acknowledged', acknowledge, resolve) AS pending
  FROM (SELECT alert_id, toString(origin) AS origin, suppression_id, toString(severity) AS severity,
      toInt8(alerts.severity) AS rank, toUnixTimestamp64Milli(last_event_time) AS last_event_ms FROM alerts FINAL) AS a
  LEFT JOIN (SELECT alert_id, count() AS actions, argMax(toString(status), sequence) AS last_status,
      argMax(toUnixTimestamp64Milli(at), sequence) AS last_at
    FROM alert_actions GROUP BY alert_id) AS x ON a.alert_id = x.alert_id
  LEFT JOIN (SELECT alert_id, ${newestOf("trigger")} AS t, ${newestOf("acknowledge")} AS a,
      ${newestOf("resolve")} AS r
    FROM deliveries WHERE sink = {sink:String} GROUP BY alert_id) AS d ON a.alert_id = d.alert_id
  WHERE tupleElement(pending, 1) IN ('', 'retrying')
    AND ((tupleElement(trigger, 1) = '' AND a.origin = 'live' AND empty(a.suppression_id)
        AND a.rank >= {rank:Int8})
      OR tupleElement(trigger, 1) = 'retrying'
      OR (tupleElement(trigger, 1) = 'accepted' AND status != 'open'
        AND tupleElement(resolve, 1) IN ('', 'retrying')))
)
ORDER BY tupleElement(pending, 3), last_event_ms, alert_id
LIMIT {limit:UInt32}`,
  params: z.object({ sink: z.string(), rank: z.number(), limit: z.number() }),
  row: owingRow,
});

interface OwingQuestion {
  readonly sink: SinkName;
  readonly severityMin: Severity;
  readonly limit: number;
}

/** Those that are due first. The table numbers severities from 1. */
export const listOwing = (reader: Reader, { sink, severityMin, limit }: OwingQuestion) =>
  owingAlerts(reader, { sink, rank: severities.indexOf(severityMin) + 1, limit });
