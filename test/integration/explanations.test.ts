/** The numbers of every alert's reasons, recomputed from the stored events by SQL that knows nothing of the engine. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Alert, type AlertReason, evidenceMax } from "../../detectors/alert.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { evaluationOrganisations } from "../../ingest/simulator/evaluation/evaluation-organisations.ts";
import { labelOrganisation } from "../../ingest/simulator/organisation.ts";
import type { WireEvent } from "../../ingest/simulator/wire-event.ts";
import { doneAfterLeaving, recount, recountAll, spanOf, unitOf } from "../helpers/recounted.ts";
import { exposedByEvents, exposedIn, gravityIn } from "../helpers/recounted-exposure.ts";
import { storedAlerts, storeScored } from "../helpers/scored-files.ts";
import { withStore } from "../helpers/store.ts";

/** A lavish budget: what is told has to be right whether it is misuse or not, and there is more of it. */
const falseAlertsPer100AgentDays = 20;

/** An analyst's own, whose alerts are counted again, too. */
const rule = `
title: Many people without a ticket
name: without_ticket
correlation:
  type: value_count
  rules: [bare]
  group-by: [agent.id]
  timespan: 2h
  condition: { field: subjects.token, gte: 25 }
---
title: Access without a ticket
name: bare
logsource: { product: support_console }
detection:
  work: { justification.ticket_id|exists: true }
  condition: not work
`;

function identifiersIn(event: WireEvent): readonly string[] {
  if ("subject" in event) return [event.subject.id];
  return "subjects" in event ? (event.subjects ?? []).map(({ id }) => id) : [];
}

interface TakenIn {
  /** Raw identifiers of everybody. */
  readonly raw: ReadonlySet<string>;
  /** Tokens of the watch list. */
  readonly watched: readonly string[];
}

/** Stores the first benchmark organisation, scored. */
async function takeIn(store: Store, folder: string): Promise<TakenIn> {
  const [drawn] = evaluationOrganisations;
  if (drawn === undefined) throw new RangeError("no evaluation organisation");
  const { events, truth } = labelOrganisation(drawn.organisation, drawn.episodes);
  const [path, lists] = [join(folder, "organisation.ndjson"), join(folder, "lists.json")];
  const all = [...events];
  const lines = all.map((event) => JSON.stringify(event));
  writeFileSync(path, `${lines.join("\n")}\n`);
  writeFileSync(lists, JSON.stringify(truth));
  const sigmaRules = join(folder, "own.yml");
  writeFileSync(sigmaRules, rule);
  const changes = { falseAlertsPer100AgentDays, sigmaRules };
  const { watchlist } = await storeScored(store, folder, { path, lists, changes });
  const watched = watchlist.map(({ token }) => token);
  return { raw: new Set(all.flatMap(identifiersIn)), watched };
}

const hourMs = 3_600_000;

type Kind = "session" | "day" | "run" | "other";
function kindOf({ summary = "" }: AlertReason): Kind {
  if (/in this session/i.test(summary)) return "session";
  if (/on this day/i.test(summary)) return "day";
  return /^In \d+ working days/.test(summary) ? "run" : "other";
}

/** The only session that the alert is about; undefined: it is about several, one that was cut, or something else. */
async function onlySessionOf(store: Store, alert: Alert): Promise<string | undefined> {
  const [session, ...others] = alert.session_ids ?? [];
  const isAbout = alert.reasons.every((reason) => kindOf(reason) === "session");
  if (session === undefined || others.length > 0 || !isAbout) return undefined;
  return (await spanOf(store, session)).length < 16 * hourMs ? session : undefined;
}

const lastOf = (alert: Alert): number => Date.parse(alert.last_event_time);

interface Checked {
  readonly isExact: boolean;
  /** Empty: it is right. */
  readonly fault: string;
}

/** A window of the alert begins at most so long before its first event; a run reaches back as far as there is data. */
function reachOf(kind: Exclude<Kind, "other">, alert: Alert): number {
  return kind === "run" ? 0 : Date.parse(alert.first_event_time) - 36 * hourMs;
}

async function checkReason(store: Store, alert: Alert, reason: AlertReason): Promise<Checked[]> {
  const kind = kindOf(reason);
  const agent = alert.agent_id;
  if (reason.detector === "terminated") return [await checkLeaving(store, alert, reason)];
  if (kind === "other" || agent === null) return [];
  const session = await onlySessionOf(store, alert);
  const { unit, observed } = reason;
  const last = lastOf(alert);
  const isExact = session !== undefined && unitOf(unit).isExact;
  const window = { agent, session, from: reachOf(kind, alert), last, unit, isExact };
  const again = await recount(store, window);
  const isRight = observed > 0 && (isExact ? observed === again : observed <= again);
  const told = `${alert.alert_id}: ${observed} ${unit} (${kind}), counted again ${again}`;
  const checked = { isExact, fault: isRight ? "" : told };
  return session === undefined || unit.endsWith("within ten minutes")
    ? [checked]
    : [checked, await checkLength(store, alert, { session, seconds: reason.window_seconds })];
}

async function checkLeaving(
  store: Store,
  alert: Alert,
  { observed }: AlertReason,
): Promise<Checked> {
  const [session = ""] = alert.session_ids ?? [];
  const again = await doneAfterLeaving(store, alert.agent_id ?? "", session);
  const fault = `${alert.alert_id}: ${observed} after leaving, counted again ${again}`;
  return { isExact: true, fault: observed === again ? "" : fault };
}

async function checkLength(
  store: Store,
  alert: Alert,
  told: { readonly session: string; readonly seconds: number | undefined },
): Promise<Checked> {
  const elapsed = (lastOf(alert) - (await spanOf(store, told.session)).begin) / 1_000;
  const isRight = told.seconds === Math.max(1, Math.round(elapsed));
  const fault = `${alert.alert_id}: ${told.seconds} s instead of ${elapsed}`;
  return { isExact: true, fault: isRight ? "" : fault };
}

/** A rule's alert names all its accesses, as long as they are few enough. */
async function checkRule(store: Store, alert: Alert): Promise<Checked[]> {
  if (alert.evidence.length >= evidenceMax) return [];
  const told = JSON.stringify(alert.exposure);
  const again = JSON.stringify(await exposedByEvents(store, alert.evidence));
  const fault = `${alert.alert_id}: exposed ${told}, counted again ${again}`;
  return [{ isExact: true, fault: told === again ? "" : fault }];
}

async function checkExposure(
  store: Store,
  alert: Alert,
  watched: readonly string[],
): Promise<Checked[]> {
  if (alert.detectors[0] === "sigma:without_ticket") return checkRule(store, alert);
  const session = await onlySessionOf(store, alert);
  if (session === undefined) return [];
  const told = JSON.stringify(alert.exposure);
  const again = JSON.stringify(await exposedIn(store, session, lastOf(alert)));
  const fault = `${alert.alert_id}: exposed ${told}, counted again ${again}`;
  const grave = await gravityIn(store, { session, last: lastOf(alert), watched });
  return [{ isExact: true, fault: told === again ? "" : fault }, checkGravity(alert, grave)];
}

/** What the sentence says makes it worse. */
function checkGravity(
  { alert_id: id, explanation }: Alert,
  again: Awaited<ReturnType<typeof gravityIn>>,
): Checked {
  const told = {
    secret: Number(/; secret fields of (\d+) subject/.exec(explanation)?.[1] ?? 0),
    watched: Number(/; (\d+) subjects? on the watch list/.exec(explanation)?.[1] ?? 0),
  };
  const [own, other] = [JSON.stringify(told), JSON.stringify(again)];
  return { isExact: true, fault: own === other ? "" : `${id}: ${own}, counted again ${other}` };
}

function checkPrivacy(alert: Alert, raw: ReadonlySet<string>): Checked[] {
  const words = JSON.stringify(alert).split(/[^\w@+.-]+/);
  const found = words.filter((word) => raw.has(word));
  return found.map((word) => ({ isExact: true, fault: `${alert.alert_id} tells ${word}` }));
}

it("are those of the stored events, and tell nobody's identifier", async () => {
  await withStore(async (store, folder) => {
    const { raw, watched } = await takeIn(store, folder);
    await recountAll(store);
    const alerts = await storedAlerts(store);
    const checked: Checked[] = [];
    for (const alert of alerts) {
      checked.push(...checkPrivacy(alert, raw), ...(await checkExposure(store, alert, watched)));
      for (const reason of alert.reasons)
        checked.push(...(await checkReason(store, alert, reason)));
    }
    expect(checked.map(({ fault }) => fault).filter((fault) => fault !== "")).toEqual([]);
    expect(checked.filter(({ isExact }) => isExact).length).toBeGreaterThan(100);
    const ofRule = alerts.filter(({ detectors }) => detectors[0] === "sigma:without_ticket");
    expect(ofRule.filter(({ evidence }) => evidence.length < evidenceMax).length).toBeGreaterThan(
      0,
    );
  });
}, 300_000);
