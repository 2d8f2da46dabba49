import { assertNever } from "./assert-never.ts";
import type { AccessEvent, JustificationSource } from "./event.ts";

/** Whether the console itself, not the agent's typing, connected the access with the work. */
function comesFromWork(source: JustificationSource): boolean {
  switch (source) {
    case "ticket_link":
    case "queue":
    case "call":
    case "chat":
      return true;
    case "manual":
      return false;
    default:
      return assertNever(source);
  }
}

/** Whether support work is named that explains the access: a ticket, or a queue item, call or chat. */
export function isJustified(event: Pick<AccessEvent, "justification">): boolean {
  const { justification } = event;
  if (justification === undefined) return false;
  if (justification.ticketId !== undefined) return true;
  return justification.source !== undefined && comesFromWork(justification.source);
}
