/**
 * Which template of explanation an exposing access falls under, the strongest first. How large a share of accesses
 * work explains is a measure of the desk and of what the producers tell: where tickets are not reported, nothing is.
 */
import type { ExposureSighting } from "../detector.ts";

/** Those behind `on_call` explain nothing. */
export const templates = [
  "own_ticket",
  "open_ticket",
  "queue",
  "call",
  "chat",
  "on_call",
  "self_opened_ticket",
  "foreign_ticket",
  "none",
] as const;
export type Template = (typeof templates)[number];

export function templateOf(
  { event, relation, isSelfOpened }: Pick<ExposureSighting, "event" | "relation" | "isSelfOpened">,
  isOnCall: boolean,
): Template {
  if (relation === "own") return isSelfOpened ? "self_opened_ticket" : "own_ticket";
  if (relation === "open") return openTemplateOf(event);
  if (isOnCall) return "on_call";
  return relation === "foreign" ? "foreign_ticket" : "none";
}

function openTemplateOf({ justification }: ExposureSighting["event"]): Template {
  const source = justification?.source;
  return source === "queue" || source === "call" || source === "chat" ? source : "open_ticket";
}
