/**
 * PagerDuty Events API v2: the body of one call, and what an answer means.
 *
 * Source: PagerDuty's developer documentation, "Send an Alert Event" and "Events API v2 Overview". Limits:
 * routing key of 32 characters, summary of 1,024, dedup_key of 255, body of 512 KiB, about 120 calls a
 * minute and key.
 */
import type { Alert, Severity } from "../../detectors/alert.ts";
import type { DeliveryAction } from "./outbox.ts";

export const callsPerMinuteMax = 120;
const routingKeyLength = 32;
const summaryLengthMax = 1_024;
const dedupKeyLengthMax = 255;

/** What a call could be of: 32 letters and digits. */
export const isRoutingKey = (text: string): boolean =>
  text.length === routingKeyLength && /^[A-Za-z0-9]+$/.test(text);

const severityOf: Readonly<Record<Severity, "info" | "warning" | "error" | "critical">> = {
  info: "info",
  low: "info",
  medium: "warning",
  high: "error",
  critical: "critical",
};

/**
 * Bounds of `custom_details`. A character takes at most 6 bytes of JSON, so all strings together stay below
 * 400 kB whatever they hold, and the body below its limit.
 */
const explanationLengthMax = 10_000;
const textLengthMax = 300;
const itemsMax = 20;

interface EventContext {
  readonly routingKey: string;
  /** Where people reach the API, without a slash at the end; empty: no links. */
  readonly publicUrl: string;
}

/** JSON of the call. `alert.alert_id` is the dedup_key: later calls for the alert find the same incident. */
export function pagerDutyBody(action: DeliveryAction, alert: Alert, context: EventContext): string {
  const { routingKey, publicUrl } = context;
  const head = {
    routing_key: routingKey,
    event_action: action,
    dedup_key: cut(alert.alert_id, dedupKeyLengthMax),
  };
  if (action !== "trigger") return JSON.stringify(head);
  const href = `${publicUrl}/v1/alerts/${encodeURIComponent(alert.alert_id)}`;
  const links = publicUrl === "" ? {} : { client_url: publicUrl, links: linksTo(href) };
  return JSON.stringify({ ...head, client: "Deskwatch", ...links, payload: payloadOf(alert) });
}

const linksTo = (href: string) => [
  { href, text: "The alert" },
  { href: `${href}/actions`, text: "What analysts did about it" },
];

function payloadOf(alert: Alert) {
  const title = alert.title.trim() === "" ? `Alert ${alert.alert_id}` : alert.title;
  return {
    summary: cut(title, summaryLengthMax),
    source: "deskwatch",
    severity: severityOf[alert.severity],
    timestamp: alert.time,
    component: cut(alert.agent_id ?? alert.agent_ids?.[0] ?? "several agents", textLengthMax),
    group: alert.lane,
    class: cut(alert.detectors[0] ?? "", textLengthMax),
    custom_details: detailsOf(alert),
  };
}

function detailsOf(alert: Alert) {
  return {
    alert_id: cut(alert.alert_id, textLengthMax),
    risk: alert.risk,
    explanation: cut(alert.explanation, explanationLengthMax),
    reasons: alert.reasons.slice(0, itemsMax).map((reason) => ({
      detector: cut(reason.detector, textLengthMax),
      observed: reason.observed,
      expected: reason.expected,
      interval: reason.interval,
      unit: cut(reason.unit, textLengthMax),
      summary: cut(reason.summary ?? "", textLengthMax),
    })),
    agents: cutAll([
      ...(alert.agent_id === null ? [] : [alert.agent_id]),
      ...(alert.agent_ids ?? []),
    ]),
    sessions: cutAll(alert.session_ids ?? []),
    detectors: cutAll(alert.detectors),
    exposure: alert.exposure,
    evidence: cutAll(alert.evidence),
    attack: cutAll(alert.attack),
    first_event_time: alert.first_event_time,
    last_event_time: alert.last_event_time,
  };
}

const cutAll = (texts: readonly string[]): string[] =>
  [...new Set(texts)].slice(0, itemsMax).map((text) => cut(text, textLengthMax));

/** At most `length` UTF-16 units, never half a character, the cut marked. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = text.slice(0, length - 1);
  return `${/[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head}…`;
}

export type CallResult =
  | { readonly kind: "accepted"; readonly detail: string }
  /** The documentation says not to try again. */
  | { readonly kind: "refused"; readonly detail: string }
  /** `retryAfterMs` as the sink asked; 0: it did not. */
  | { readonly kind: "retry"; readonly detail: string; readonly retryAfterMs: number };

/**
 * Only 202 is acceptance: a proxy's 200 is nobody's promise. Only 400 is final; anything else may pass, and
 * giving up on it would lose a page.
 */
export function readAnswer(
  status: number,
  retryAfter: string | undefined,
  now: number,
): CallResult {
  const detail = `http_${status}`;
  if (status === 202) return { kind: "accepted", detail };
  if (status === 400) return { kind: "refused", detail };
  return { kind: "retry", detail, retryAfterMs: retryAfterMs(retryAfter, now) };
}

/** RFC 9110: seconds, or a date. Anything else counts as absent. */
function retryAfterMs(text: string | undefined, now: number): number {
  if (text === undefined) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}
