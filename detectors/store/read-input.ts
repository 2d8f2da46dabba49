/** A question to the API as the access that it is: of whoever asked, to those asked about. */
import { createHash } from "node:crypto";
import { agentId, eventId, subjectToken } from "../../ingest/vocabulary/brand.ts";
import type { AccessAction, AccessEvent, Subject } from "../../ingest/vocabulary/event.ts";
import type { ReadInput } from "../engine-input.ts";
import type { Read } from "./read-store.ts";

/** The name of this service among the consoles that it watches. */
const consoleName = "deskwatch";
/** By which raw identifiers are read, by command too. */
export const revealRoute = "/v1/subjects/reveal";

/** What is no mere view. */
const actionByRoute: Readonly<Record<string, AccessAction>> = {
  "/v1/subjects/lookup": "search",
  [revealRoute]: "reveal",
};

/** Agents and sessions have no token; detection only tells one from another. */
const standIn = (kind: string, id: string): string =>
  createHash("sha256")
    .update(JSON.stringify([kind, id]))
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");

const subjectOf = (token: string): Subject => ({
  token: subjectToken(token),
  type: "account",
  tenant: undefined,
});

/** A tenant is one more whom it is about, as is everybody at some time; an alert is nobody, and so is an incident. */
function askedAbout(read: Read) {
  const { agentIds, sessionIds, subjectTokens, tenants, incidentId, from, to } = read;
  const named: readonly Subject[] = [
    ...subjectTokens.map(subjectOf),
    ...agentIds.map((id) => subjectOf(standIn("agent", id))),
    ...sessionIds.map((id) => subjectOf(standIn("session", id))),
    ...tenants.map((id) => subjectOf(standIn("tenant", id))),
  ];
  const isOfSome = named.length > 0 || incidentId !== "";
  const isOfEverybody = !isOfSome && (from ?? to) !== null;
  return isOfEverybody ? [subjectOf(standIn("everybody", ""))] : named;
}

export function readInputOf(read: Read): ReadInput {
  const action = actionByRoute[read.route] ?? "view";
  const access: AccessEvent = {
    kind: "access",
    eventId: eventId(read.requestId),
    at: read.at,
    console: consoleName,
    agent: {
      id: agentId(read.principal),
      team: undefined,
      role: read.role,
      timeZone: undefined,
    },
    session: undefined,
    action,
    outcome: "success",
    search: action === "search" ? { kind: "exact", field: undefined } : undefined,
    subjects: askedAbout(read),
    neighbourhood: undefined,
    resultCount: undefined,
    bytes: undefined,
    fields: [],
    justification: undefined,
  };
  return { kind: "read", access };
}
