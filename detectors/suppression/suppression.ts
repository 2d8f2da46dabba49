/**
 * A suppression: an analyst's decision that alerts of a certain scope page nobody until a time that is not far.
 *
 * It hides nothing. What it covers is scored, stored and counted as ever, and names the suppression. It covers an
 * alert only as a whole: every detector, every agent and all of the cited evidence lie within the scope, so that
 * something else that happens beside what was expected still pages. A fact of the policy lane is wrong whatever the
 * base rate, so only a scope that names the detector reaches it.
 */
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import { type ExposureKind, exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import type { Alert } from "../alert.ts";

/** What it is about; an empty part means "any". At least one part is not empty. */
export interface SuppressionScope {
  /** Ids in order of the alphabet: only these contribute. */
  readonly detectors: readonly string[];
  /** Nobody else is involved. */
  readonly agentId: string;
  /** Nobody else was exposed. */
  readonly subjectToken: string;
  /** Only subjects of this customer organisation were exposed. */
  readonly tenant: string;
  /** Only agents who acted for this team are involved. */
  readonly team: string;
}

export interface Suppression extends SuppressionScope {
  readonly suppressionId: string;
  readonly reason: string;
  /** Who created it. */
  readonly principal: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
  /** Empty: nobody. */
  readonly revokedBy: string;
}

export const suppressionStates = ["in_force", "expired", "revoked"] as const;
export type SuppressionState = (typeof suppressionStates)[number];

/** Longest time from the creation to the expiry: what must be quiet for longer is a matter for the detector. */
export const suppressionMsMax = 90 * 86_400_000;
/** In force at once; whoever needs more than these has another problem. */
export const suppressionsInForceMax = 200;
export const suppressionReasonLengthMax = 500;
export const scopeDetectorsMax = 16;

/** The first moment that it does not cover. */
export function endOf({ expiresAt, revokedAt }: Suppression): number {
  return revokedAt === null ? expiresAt : Math.min(expiresAt, revokedAt);
}

export function stateOf(suppression: Suppression, now: EpochMs): SuppressionState {
  if (suppression.revokedAt !== null) return "revoked";
  return now < suppression.expiresAt ? "in_force" : "expired";
}

/** One access that an alert cites. */
export interface CitedAccess {
  readonly eventId: string;
  /** In which way it exposed its subjects; undefined: it exposed nobody. */
  readonly exposure: ExposureKind | undefined;
  /** Empty: unnamed. */
  readonly team: string;
  readonly subjectTokens: readonly string[];
  /** Beside the tokens; empty: unnamed. */
  readonly tenants: readonly string[];
}

/** Whether the scope is about what an alert itself does not tell: whom its evidence exposed, for which team. */
export function needsEvidence({ subjectToken, tenant, team }: SuppressionScope): boolean {
  return subjectToken !== "" || tenant !== "" || team !== "";
}

/**
 * As far as the alert itself tells: its newest event lies in the suppression's time, and its detectors and agents in
 * the scope. Event time, so that the answer is the same whenever the alert is scored again.
 */
export function coversAlert(suppression: Suppression, alert: Alert): boolean {
  const { createdAt, detectors, agentId } = suppression;
  const newest = Date.parse(alert.last_event_time);
  if (newest < createdAt || newest >= endOf(suppression)) return false;
  if (alert.lane === "policy" && detectors.length === 0) return false;
  const named = new Set(detectors);
  if (detectors.length > 0 && !alert.detectors.every((id) => named.has(id))) return false;
  return agentId === "" || agentsOf(alert).every((id) => id === agentId);
}

/** Whether all that the alert cites lies in the scope. `cited`: every event of its evidence. */
export function coversEvidence(
  { subjectToken, tenant, team }: SuppressionScope,
  { exposure = {} }: Pick<Alert, "exposure">,
  cited: readonly CitedAccess[],
): boolean {
  if (cited.length === 0) return false;
  if (subjectToken !== "" && !isOneSubject(exposure, cited)) return false;
  return cited.every(
    (access) =>
      isAll(access.subjectTokens, subjectToken) &&
      isAll(access.tenants, tenant) &&
      (team === "" || access.team === team),
  );
}

/**
 * An alert counts everybody whom it exposed in a way and cites a hundred events of them: of a way that has one subject
 * an event must be cited, which then says who that is.
 */
function isOneSubject(
  exposure: NonNullable<Alert["exposure"]>,
  cited: readonly CitedAccess[],
): boolean {
  return exposureKinds.every((kind) => {
    const subjects = exposure[kind] ?? 0;
    return subjects === 0 || (subjects === 1 && cited.some((access) => access.exposure === kind));
  });
}

const isAll = (values: readonly string[], wanted: string): boolean =>
  wanted === "" || (values.length > 0 && values.every((value) => value === wanted));

export function agentsOf({ agent_id: agent, agent_ids: agents = [] }: Alert): readonly string[] {
  return [...new Set(agent === null ? agents : [agent, ...agents])];
}

/** The alert as readers see it: the contract has no field for it, the sentence has a place. */
export function toldSuppressed(alert: Alert, suppressionId: string): Alert {
  if (suppressionId === "") return alert;
  const told = `Suppressed by ${suppressionId}: it pages nobody.`;
  return { ...alert, explanation: `${alert.explanation} ${told}` };
}
