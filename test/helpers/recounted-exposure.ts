/** Whom stored events exposed and how, counted by SQL alone: nothing of the engine is asked. */
import { z } from "zod";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { exposure, secrets } from "./recounted.ts";

const exposureRow = z.object({ exposure: z.string(), found: z.coerce.number() });

/** Distinct subjects by the way in which the session exposed them, up to the event at `last`. */
export async function exposedIn(store: Store, session: string, last: number) {
  const sql = `SELECT ${exposure} AS exposure, uniqExact(token) AS found
    FROM access_events ARRAY JOIN subject_tokens AS token
    WHERE session_id = {session:String} AND exposure != 'none' AND offset <= (SELECT max(offset) FROM access_events
      WHERE session_id = {session:String} AND at <= fromUnixTimestamp64Milli({last:Int64}))
    GROUP BY exposure ORDER BY exposure`;
  return byExposure(await store.reader.query(sql, { session, last }));
}

const gravityRow = z.object({ secret: z.coerce.number(), watched: z.coerce.number() });

/** Distinct subjects of whom the session showed a secret field, and those of `watched`, up to the event at `last`. */
export async function gravityIn(
  store: Store,
  { session, last, watched }: { session: string; last: number; watched: readonly string[] },
) {
  const sql = `SELECT uniqExactIf(token, hasAny(fields, ${secrets})) AS secret,
      uniqExactIf(token, toString(token) IN {watched:Array(String)}) AS watched
    FROM access_events ARRAY JOIN subject_tokens AS token
    WHERE session_id = {session:String} AND ${exposure} != 'none' AND offset <= (SELECT max(offset) FROM access_events
      WHERE session_id = {session:String} AND at <= fromUnixTimestamp64Milli({last:Int64}))`;
  return gravityRow.parse(
    (await store.reader.query(sql, { session, last, watched: [...watched] }))[0],
  );
}

/** Distinct subjects by the way in which the events exposed them. */
export async function exposedByEvents(store: Store, events: readonly string[]) {
  const sql = `SELECT ${exposure} AS exposure, uniqExact(token) AS found
    FROM access_events ARRAY JOIN subject_tokens AS token
    WHERE event_id IN {events:Array(String)} AND exposure != 'none'
    GROUP BY exposure ORDER BY exposure`;
  return byExposure(await store.reader.query(sql, { events: [...events] }));
}

function byExposure(rows: readonly unknown[]) {
  const counts = rows.map((row) => exposureRow.parse(row));
  const of = (kind: string) => counts.find((row) => row.exposure === kind)?.found ?? 0;
  return {
    searched: of("searched"),
    displayed: of("displayed"),
    revealed: of("revealed"),
    exported: of("exported"),
  };
}
