/** The fields of an access event that a Sigma rule may name: those of the wire contract, and how it exposed whom. */
import {
  type AccessEvent,
  accessActions,
  accessOutcomes,
  authFactors,
  fieldClasses,
  justificationSources,
  searchFields,
  searchKinds,
  subjectTypes,
} from "../../ingest/vocabulary/event.ts";
import { exposureKindOf, exposureKinds } from "../../ingest/vocabulary/exposure.ts";

export interface SigmaField {
  readonly kind: "text" | "number";
  /** All values that there are; undefined: any. */
  readonly values?: readonly string[];
  /** An event may have several; it matches if one of them does. */
  readonly isMany?: boolean;
  /** It holds an internet address. */
  readonly isAddress?: boolean;
  /** None: the event does not have it. */
  readonly of: (event: AccessEvent) => readonly (string | number)[];
}

type Value = string | number;

const none: readonly Value[] = [];
const one = (value: Value | undefined): readonly Value[] => (value === undefined ? none : [value]);
const text = (of: (event: AccessEvent) => string | undefined): SigmaField => ({
  kind: "text",
  of: (event) => one(of(event)),
});
const choice = (
  values: readonly string[],
  of: (event: AccessEvent) => string | undefined,
): SigmaField => ({ ...text(of), values });
const number = (of: (event: AccessEvent) => number | undefined): SigmaField => ({
  kind: "number",
  of: (event) => one(of(event)),
});

const byName = {
  console: text((event) => event.console),
  "agent.id": text(({ agent }) => agent.id),
  "agent.team": text(({ agent }) => agent.team),
  "agent.role": text(({ agent }) => agent.role),
  "agent.time_zone": text(({ agent }) => agent.timeZone),
  "session.id": text(({ session }) => session?.id),
  "session.ip": { ...text(({ session }) => session?.ip), isAddress: true },
  "session.user_agent": text(({ session }) => session?.userAgent),
  "session.device_id": text(({ session }) => session?.deviceId),
  "session.country": text(({ session }) => session?.country),
  "session.asn": number(({ session }) => session?.asn),
  "session.auth_factor": choice(authFactors, ({ session }) => session?.authFactor),
  action: choice(accessActions, ({ action }) => action),
  outcome: choice(accessOutcomes, ({ outcome }) => outcome),
  "search.kind": choice(searchKinds, ({ search }) => search?.kind),
  "search.field": choice(searchFields, ({ search }) => search?.field),
  "subjects.token": {
    kind: "text",
    isMany: true,
    of: ({ subjects }) => [...new Set(subjects.map(({ token }) => token))],
  },
  "subjects.type": {
    kind: "text",
    isMany: true,
    values: subjectTypes,
    of: ({ subjects }) => [...new Set(subjects.map(({ type }) => type))],
  },
  "subjects.tenant": {
    kind: "text",
    isMany: true,
    of: ({ subjects }) => [...new Set(subjects.flatMap(({ tenant }) => one(tenant)))],
  },
  result_count: number(({ resultCount }) => resultCount),
  bytes: number(({ bytes }) => bytes),
  fields: { kind: "text", isMany: true, values: fieldClasses, of: ({ fields }) => fields },
  "justification.ticket_id": text(({ justification }) => justification?.ticketId),
  "justification.source": choice(justificationSources, (event) => event.justification?.source),
  "justification.reason": text(({ justification }) => justification?.reason),
  exposure: choice(exposureKinds, exposureKindOf),
} as const satisfies Readonly<Record<string, SigmaField>>;

export const sigmaFields: ReadonlyMap<string, SigmaField> = new Map(Object.entries(byName));

/** Why there is no such field, for whoever wrote it. */
export function noSuchField(name: string): string {
  if (name === "subjects.id") {
    return "subjects.id: a raw identifier is never stored, expected subjects.token";
  }
  return `${name}: no such field of an access event, expected one of ${[...sigmaFields.keys()].join(", ")}`;
}
