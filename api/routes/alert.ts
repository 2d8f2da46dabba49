/** `/v1/alerts/{alert_id}`: one alert, what analysts decide about it, and who decided what. */
import { z } from "zod";
import { alertStatuses, dispositions } from "../../detectors/alert.ts";
import { listActions, storeAction } from "../../detectors/store/action-store.ts";
import { type EffectiveAlert, findAlert } from "../../detectors/store/alert-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import type { StatementWriter } from "../../ingest/ledger/statement.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { type AlertId, alertId } from "../../ingest/vocabulary/brand.ts";
import type { Principal } from "../auth/role.ts";
import { etagOf, matchesStrongly, matchesWeakly } from "../etag.ts";
import { idText, isoTime } from "../parameters.ts";
import { type Problem, problem } from "../problem.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, type Route } from "../route.ts";
import { createTurns } from "../turns.ts";
import { alertDocument } from "./alerts.ts";

/** The history shows no more than the first so many actions. */
const actionsMax = 1_000;

interface AlertDeps {
  readonly store: Pick<Store, "reader">;
  readonly statements: Pick<StatementWriter, "append">;
  readonly clock: Clock;
}

const params = z.strictObject({ alert_id: idText.transform(alertId) });
const query = z.strictObject({});
const path = "/v1/alerts/{alert_id}";
const etagHeader = { ETag: "Changes whenever anything of the alert does." };
const unknownAlert = (): Problem => problem("not_found", "There is no alert with this id.");

const etagOfAlert = ({ revision, sequence }: EffectiveAlert): string => etagOf(revision, sequence);

export const alertRoutes = (deps: AlertDeps): readonly Route[] => [
  readRoute(deps),
  changeRoute(deps),
  historyRoute(deps),
];

const readRoute = ({ store }: AlertDeps): Route =>
  defineRoute({
    method: "get",
    path,
    summary: "Read one alert",
    role: "viewer",
    params,
    query,
    body: noBody,
    requestHeaders: { "If-None-Match": "ETag of what the caller has; 304 if it still holds." },
    replies: {
      200: { description: "The alert.", schema: alertDocument, headers: etagHeader },
      304: { description: "Nothing has changed.", headers: etagHeader },
    },
    problems: ["not_found"],
    asks: ({ params: { alert_id: alertId } }) => ({ alertId }),
    handle: async ({ params: { alert_id: id }, headers }) => {
      const found = await findAlert(store.reader, id);
      if (found === undefined) return unknownAlert();
      const etag = { ETag: etagOfAlert(found) };
      const known = headers["if-none-match"];
      if (known !== undefined && matchesWeakly(known, etag.ETag)) {
        return { kind: "not_modified", headers: etag };
      }
      return json(found.alert, etag);
    },
  });

const changeSchema = z
  .strictObject({
    status: z.enum(alertStatuses).optional(),
    disposition: z.enum(dispositions).nullable().optional(),
    note: z.string().min(1).max(4_000).optional(),
  })
  .refine((change) => Object.keys(change).length > 0, "give status, disposition or note")
  .meta({ id: "AlertChange" });
type AlertChange = z.output<typeof changeSchema>;

function changeRoute(deps: AlertDeps): Route {
  const takeTurn = createTurns();
  return defineRoute({
    method: "patch",
    path,
    summary: "Change status or disposition, add a note",
    description:
      "What is not given stays as it is. Resolving an alert that has no disposition sets" +
      " `undetermined`. Of two changes made with the same ETag one is taken, the other gets 412." +
      " `If-Match: *` changes whatever is there.",
    role: "analyst",
    params,
    query,
    body: changeSchema,
    requestHeaders: { "If-Match": "ETag of the alert that the decision is about. Required." },
    replies: { 200: { description: "Changed.", schema: alertDocument, headers: etagHeader } },
    problems: ["not_found", "stale_etag", "etag_required"],
    handle: ({ params: { alert_id: id }, body, headers, principal }) =>
      takeTurn(id, () =>
        change(deps, { id, change: body, principal, ifMatch: headers["if-match"] }),
      ),
  });
}

interface ChangeRequest {
  readonly id: AlertId;
  readonly change: AlertChange;
  readonly principal: Principal;
  readonly ifMatch: string | undefined;
}

async function change({ store, statements, clock }: AlertDeps, request: ChangeRequest) {
  const { id, principal, ifMatch } = request;
  const found = await findAlert(store.reader, id);
  if (found === undefined) return unknownAlert();
  if (ifMatch === undefined) {
    return problem("etag_required", "Send the alert's ETag in If-Match.");
  }
  if (!matchesStrongly(ifMatch, etagOfAlert(found))) {
    return problem("stale_etag", "The alert has changed since it was read.");
  }
  const state = stateAfter(found, request.change);
  const sequence = found.sequence + 1;
  await storeAction(statements, {
    alertId: id,
    sequence,
    ...state,
    note: request.change.note ?? "",
    principal: principal.id,
    at: clock.now(),
  });
  const changed = { ...found, alert: { ...found.alert, ...state }, sequence };
  return json(changed.alert, { ETag: etagOfAlert(changed) });
}

function stateAfter(
  { alert }: EffectiveAlert,
  { status = alert.status, disposition }: AlertChange,
) {
  const verdict = disposition === undefined ? (alert.disposition ?? null) : disposition;
  const resolvedBare = status === "resolved" && verdict === null;
  return { status, disposition: resolvedBare ? ("undetermined" as const) : verdict };
}

const actionDocument = z
  .object({
    sequence: z.int(),
    time: z.iso.datetime(),
    principal: z.string(),
    status: z.enum(alertStatuses),
    disposition: z.enum(dispositions).nullable(),
    note: z.string().nullable(),
  })
  .meta({ id: "AlertAction", description: "Status and disposition are those after the action." });
const historyDocument = z.object({ items: z.array(actionDocument) }).meta({ id: "AlertActions" });

const historyRoute = ({ store }: AlertDeps): Route =>
  defineRoute({
    method: "get",
    path: `${path}/actions`,
    summary: "Who did what about one alert",
    description: `Oldest first, the first ${actionsMax}.`,
    role: "viewer",
    params,
    query,
    body: noBody,
    replies: { 200: { description: "The history.", schema: historyDocument } },
    problems: ["not_found"],
    asks: ({ params: { alert_id: alertId } }) => ({ alertId }),
    handle: async ({ params: { alert_id: id } }) => {
      const found = await findAlert(store.reader, id);
      if (found === undefined) return unknownAlert();
      const actions = await listActions(store.reader, id, actionsMax);
      const items = actions.map(({ at, note, ...action }) => ({
        ...action,
        time: isoTime(at),
        note: note === "" ? null : note,
      }));
      return json({ items });
    },
  });
