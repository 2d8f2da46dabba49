/** The exposure of incidents that detection has made, of six weeks of a desk in which three accounts were taken over. */
import { join } from "node:path";
import type { Alert } from "../../detectors/alert.ts";
import { storeAlerts } from "../../detectors/store/alert-store.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import { type Api, apiOver, startAt } from "../fixtures/api/api-harness.ts";
import { storedAlerts, storeScored } from "../helpers/scored-files.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(180_000);

const fixture = join(import.meta.dirname, "../fixtures/twilio-2022");
const [path, lists] = [join(fixture, "events.ndjson.gz"), join(fixture, "config.json")];
const attackerSession = "ss-83fd169dca2cf8";

/** Above whatever the engine has given. */
const revision = 1_000_000_000;

const totalOf = async (api: Api, incident: string): Promise<Readonly<Record<string, number>>> =>
  (await api.call("get", `/v1/exposure?incident_id=${incident}`)).body.total;

/** Ways in which the alert counts more subjects than its incident is said to have exposed. */
const missing = (alert: Alert, total: Readonly<Record<string, number>>) =>
  exposureKinds
    .filter((kind) => (alert.exposure?.[kind] ?? 0) > (total[kind] ?? 0))
    .map((kind) => `${alert.title}: ${alert.exposure?.[kind]} ${kind}, not ${total[kind]}`);

it("is that of the whole attack, and of each alert by itself at least whom it counts", () =>
  withStore(async (store, folder) => {
    await storeScored(store, folder, { path, lists });
    const api = apiOver(store);
    const alerts = await storedAlerts(store);
    const attack = alerts.find(({ session_ids: ids }) => ids?.includes(attackerSession));
    // As the fixture's own truth has it, over all three accounts.
    expect(await totalOf(api, attack?.incident_id ?? "")).toMatchObject({
      ...{ searched: 3, displayed: 1_871, revealed: 3, exported: 0 },
    });
    const apart = alerts.map((alert) => ({ ...alert, incident_id: alert.alert_id }));
    const revisions = apart.map((alert) => ({ alert, revision, origin: "backfill" as const }));
    await storeAlerts(store.writer, revisions, epochMs(startAt));
    const found: string[] = [];
    for (const alert of apart) {
      found.push(...missing(alert, await totalOf(api, alert.alert_id)));
    }
    expect(found).toEqual([]);
    expect(alerts.some(({ title }) => title.includes("working days"))).toBe(true);
  }));
