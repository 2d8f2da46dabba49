/** `/v1/events`: the audit trail, newest first. Subjects are tokens; no raw identifier is in it. */
import { z } from "zod";
import type { Asked } from "../../detectors/store/read-store.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { accessActions, type EventKind, eventKinds } from "../../ingest/vocabulary/event.ts";
import { pageEnd, pageStart } from "../paging.ts";
import {
  choices,
  cursorText,
  idText,
  instant,
  pageSize,
  rangeProblem,
  repeated,
  tokenText,
} from "../parameters.ts";
import { problem } from "../problem.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";
import { accessEventDocument, readAccessEvents } from "./access-events.ts";
import {
  agentEventDocument,
  readAgentEvents,
  readSubjectEvents,
  readTicketEvents,
  subjectEventDocument,
  ticketEventDocument,
} from "./context-events.ts";
import type { EventQuestion } from "./event-question.ts";
import { eventsRetiredBeforeField, retiredBefore } from "./retired.ts";

const eventDocument = z.union([
  accessEventDocument,
  subjectEventDocument,
  ticketEventDocument,
  agentEventDocument,
]);
const eventPage = z
  .object({
    items: z.array(eventDocument),
    next_cursor: z.string().nullable(),
    retired_before: eventsRetiredBeforeField,
  })
  .meta({ id: "EventPage" });

const path = "/v1/events";
const filters = z.strictObject({
  from: instant.meta({ description: "Earliest time, inclusive." }),
  to: instant.meta({ description: "Latest time, inclusive." }),
  kind: choices(eventKinds).meta({ description: "Any of these; all that the filters fit." }),
  agent_id: repeated(idText),
  session_id: repeated(idText).meta({ description: "Access events only." }),
  subject_token: repeated(tokenText).meta({ description: "From POST /v1/subjects/lookup." }),
  action: choices(accessActions).meta({ description: "Access events only." }),
});
type Filters = z.output<typeof filters>;

const position = z.tuple([z.number(), z.string()]).transform(([at, id]) => ({ at, id }));

const isBounded = ({ agent_id, session_id, subject_token }: Filters): boolean =>
  agent_id !== undefined || session_id !== undefined || subject_token !== undefined;

/** A kind is left out where it cannot have what a filter asks for: a roster change has no subject. */
function kindsOf(filter: Filters): readonly EventKind[] {
  const { agent_id, session_id, subject_token, action } = filter;
  const accessOnly = session_id !== undefined || action !== undefined;
  const fits: Readonly<Record<EventKind, boolean>> = {
    access: true,
    subject: !accessOnly && agent_id === undefined,
    ticket: !accessOnly,
    agent: !accessOnly && subject_token === undefined,
  };
  return (filter.kind ?? eventKinds).filter((name) => fits[name]);
}

/** The newest of each kind, merged: whatever is among the newest of all is among the newest of its kind. */
async function readEvents(
  reader: Reader,
  filter: Filters,
  page: Pick<EventQuestion, "after" | "limit">,
) {
  const question: EventQuestion = {
    from: filter.from,
    to: filter.to,
    agents: filter.agent_id ?? [],
    tokens: filter.subject_token ?? [],
    ...page,
  };
  const ofAccess = { sessions: filter.session_id ?? [], actions: filter.action ?? [] };
  const readers = {
    access: () => readAccessEvents(reader, { ...question, ...ofAccess }),
    subject: () => readSubjectEvents(reader, question),
    ticket: () => readTicketEvents(reader, question),
    agent: () => readAgentEvents(reader, question),
  } as const;
  const found = await Promise.all(kindsOf(filter).map((kind) => readers[kind]()));
  return found.flat().sort(byNewest);
}

interface Placed {
  readonly time: string;
  readonly event_id: string;
}

/** ClickHouse orders ids by bytes, which for UTF-8 is the order of code points. */
function byNewest(left: Placed, right: Placed): number {
  if (left.time !== right.time) return left.time < right.time ? 1 : -1;
  return Buffer.compare(Buffer.from(right.event_id), Buffer.from(left.event_id));
}

const placeOf = ({ time, event_id: id }: Placed) => [Date.parse(time), id];

type Query = Filters & { readonly cursor?: string | undefined; readonly limit: number };

const startOf = ({ cursor, limit: _, ...filter }: Query) =>
  rangeProblem(filter) ?? pageStart({ list: path, filters: filter }, cursor, position);

/** For the record of reads; `undefined`: the request is refused. */
const askedIn = (filter: Query): Partial<Asked> | undefined =>
  isBounded(filter) && startOf(filter).kind === "start"
    ? {
        agentIds: filter.agent_id ?? [],
        sessionIds: filter.session_id ?? [],
        subjectTokens: filter.subject_token ?? [],
        from: filter.from,
        to: filter.to,
      }
    : undefined;

export const eventsRoute = ({ reader }: { readonly reader: Reader }): Route =>
  defineRoute({
    method: "get",
    path,
    summary: "List events",
    description:
      "Newest first, in a time range, of given agents, sessions or subjects; at least one of these." +
      " Of subjects: accesses that name them, their account's events, their tickets. Of agents: their" +
      " accesses, tickets and roster changes.",
    role: "viewer",
    params: noParams,
    query: filters.extend({ limit: pageSize, cursor: cursorText }),
    body: noBody,
    replies: { 200: { description: "One page.", schema: eventPage } },
    problems: ["cursor_invalid", "cursor_mismatch"],
    asks: ({ query }) => askedIn(query),
    handle: async ({ query }) => {
      const { limit, cursor: _, ...filter } = query;
      if (!isBounded(filter)) {
        const detail = "give agent_id, session_id or subject_token";
        const errors = [{ parameter: "agent_id", detail }];
        return problem("invalid_parameter", "A parameter is missing.", { errors });
      }
      const start = startOf(query);
      if (start.kind === "problem") return start;
      const [found, retired] = await Promise.all([
        readEvents(reader, filter, { after: start.after, limit: limit + 1 }),
        retiredBefore(reader, filter.from, kindsOf(filter)),
      ]);
      const page = pageEnd({ list: path, filters: filter, found, limit, placeOf });
      return json({ items: page.rows, next_cursor: page.nextCursor, retired_before: retired });
    },
  });
