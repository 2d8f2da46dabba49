/** The wrapped keys of sealed identifiers: read for a reveal, removed by an erasure. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { subjectTypes } from "../vocabulary/event.ts";
import type { Writer } from "./client.ts";
import { defineQuery } from "./define-query.ts";

/** Rows of a subject: one, or as many as processes have sealed it at once. An erased one has an empty key. */
const rowsPerSubjectMax = 16;

/**
 * Of rows at one place the newest, which alone a verification compares and the table keeps; what has no place comes last.
 * So rows that somebody puts beside those of the service do not crowd these out unseen.
 */
export const sealedKeysOf = defineQuery({
  name: "identities.keys_of",
  sql: `SELECT toString(subject_token) AS token, subject_type, sealed_id, wrapped_key, master_key_version
    FROM (
      SELECT subject_token, subject_type, sealed_id, wrapped_key, master_key_version, sealed_at, source
      FROM identities WHERE subject_token IN {tokens:Array(UUID)}
      ORDER BY subject_token, source, partition, offset, sealed_at DESC
      LIMIT 1 BY subject_token, source, partition, offset)
    ORDER BY subject_token, source = '', sealed_at LIMIT ${rowsPerSubjectMax} BY subject_token`,
  params: z.object({ tokens: z.array(z.string()) }),
  row: z
    .object({
      token: z.string(),
      subject_type: z.enum(subjectTypes),
      sealed_id: z.string(),
      wrapped_key: z.string(),
      master_key_version: z.number().int(),
    })
    .transform((row) => ({
      token: row.token,
      type: row.subject_type,
      sealedId: row.sealed_id,
      wrappedKey: row.wrapped_key,
      masterKeyVersion: row.master_key_version,
    })),
});
/** Those of these subjects of whom any row has a key. */
export const subjectsWithKey = defineQuery({
  name: "identities.with_key",
  sql: `SELECT DISTINCT toString(subject_token) AS token FROM identities
    WHERE wrapped_key != '' AND subject_token IN {tokens:Array(UUID)}`,
  params: z.object({ tokens: z.array(z.string()) }),
  row: z.object({ token: z.string() }).transform(({ token }) => token),
});

export type SealedKey = Awaited<ReturnType<typeof sealedKeysOf>>[number];

/** Where a key is still there although somebody has put down that its subject is erased, by token. */
export const keysLeft = defineQuery({
  name: "identities.keys_left",
  sql: `SELECT toString(subject_token) AS token, toString(source) AS chain, partition, offset FROM identities
    WHERE wrapped_key != '' AND subject_token > toUUID({after:String})
      AND subject_token IN (SELECT subject_token FROM erasures)
    ORDER BY subject_token, chain, partition, offset LIMIT {limit:UInt32}`,
  params: z.object({ after: z.string(), limit: z.number().int() }),
  row: z.object({
    token: z.string(),
    chain: z.string(),
    partition: z.number().int(),
    offset: z.number().int(),
  }),
});

/** Before every token but itself. */
export const firstToken = "00000000-0000-0000-0000-000000000000";

const removal = `ALTER TABLE identities UPDATE wrapped_key = ''
  WHERE wrapped_key != '' AND subject_token IN {tokens:Array(UUID)}
  SETTINGS mutations_sync = 2`;

/** There is no such partition. What the statement does is to delete the parts that others have replaced, at once. */
const clearing = "ALTER TABLE identities DROP PARTITION ID 'none'";

const replacedParts = defineQuery({
  name: "identities.replaced_parts",
  sql: `SELECT DISTINCT name FROM system.parts
    WHERE database = currentDatabase() AND table = 'identities' AND NOT active`,
  params: z.object({}),
  row: z.object({ name: z.string() }).transform((row) => row.name),
});

/** A part is read by the statement that replaced it for some milliseconds more, and by questions that began before. */
const clearingsMax = 100;
const clearEveryMs = 50;

/** Whether they are gone from the disk. Parts that others replace meanwhile are not waited for. */
async function clearReplaced(writer: Pick<Writer, "command" | "query">): Promise<boolean> {
  const before = new Set(await replacedParts(writer, {}));
  for (let clearings = 0; clearings < clearingsMax; clearings++) {
    if (clearings > 0) await sleep(clearEveryMs);
    await writer.command(clearing);
    const now = await replacedParts(writer, {});
    if (!now.some((name) => before.has(name))) return true;
  }
  return false;
}

/**
 * Whether no row has the key of one of these subjects any more, nor a file: not so when a question that began before
 * reads one for longer than 5 s, after which the store itself deletes it. Rewrites the column in every part that has
 * one of them: 0.2 to 0.9 s for a million identities.
 */
export async function removeKeys(
  writer: Pick<Writer, "command" | "query">,
  tokens: readonly string[],
): Promise<boolean> {
  if (tokens.length > 0) await writer.command(removal, { tokens: [...tokens] });
  return await clearReplaced(writer);
}
