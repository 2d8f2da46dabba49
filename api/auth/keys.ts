/**
 * API keys: `dw_<id>_<secret>` with a 256-bit random secret. The store holds only its SHA-256, which is
 * enough for a secret of that size: there is nothing to guess, so nothing that a slow hash would slow down.
 *
 * A key is never changed, only followed by a row of a higher revision that carries its revocation. A row counts
 * only with the service's MAC: whoever may write to the database can make no key of it.
 */
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { sealedRow } from "../../ingest/clickhouse/stored-record-queries.ts";
import type { StatementWriter } from "../../ingest/ledger/statement.ts";
import type { StatementMac } from "../../ingest/ledger/statement-mac.ts";
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import { type Role, roles } from "./role.ts";

/** More keys than this are refused, so that all of them fit in the authenticator's memory. */
export const keysMax = 10_000;
export const keyNameLengthMax = 100;

export interface ApiKey {
  readonly keyId: string;
  /** Says whose or what the key is for; may be empty. */
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** Who made it, and who revoked it, by the id of a principal; empty: not known, or nobody has. */
  readonly createdBy: string;
  readonly revokedBy: string;
}

export interface StoredKey extends ApiKey {
  readonly revision: number;
  /** Lower-case hex SHA-256 of the secret part. */
  readonly secretHash: string;
}

export interface NewKey {
  readonly name: string;
  readonly role: Role;
  /** `undefined`: never expires. */
  readonly expiresAt: EpochMs | undefined;
}

/** Who changes a key, and when. */
export interface KeyChange {
  readonly principal: string;
  readonly at: EpochMs;
}

export interface CreatedKey {
  /** The only time that the key itself is known. */
  readonly apiKey: string;
  readonly key: ApiKey;
}

export interface KeyReader {
  readonly reader: Reader;
  readonly mac: Pick<StatementMac, "isAuthentic">;
}

/** What `createKey` and `revokeKey` need of a store: a change of a key is part of the ledger. */
export interface KeyStore extends KeyReader {
  readonly statements: Pick<StatementWriter, "append">;
}

const keyPattern = /^dw_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** The two parts of a well-formed key; `undefined` for any other text. */
export function splitKey(
  text: string,
): { readonly keyId: string; readonly secret: string } | undefined {
  const [, keyId, secret] = keyPattern.exec(text) ?? [];
  return keyId === undefined || secret === undefined ? undefined : { keyId, secret };
}

export const hashSecret = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** As many keys exist as are taken. */
export class KeysError extends Error {
  constructor() {
    super(`There are ${keysMax} API keys, ended ones too; no more are taken.`);
    this.name = "KeysError";
  }
}

/** Makes and stores a key. Throws `KeysError`. */
export async function createKey(
  store: KeyStore,
  wanted: NewKey,
  { principal, at }: KeyChange,
): Promise<CreatedKey> {
  const existing = await listStoredKeys(store);
  if (existing.length >= keysMax) throw new KeysError();
  const keyId = randomBytes(8).toString("hex");
  const secret = randomBytes(32).toString("base64url");
  const key: StoredKey = {
    keyId,
    name: wanted.name,
    role: wanted.role,
    createdAt: at,
    expiresAt: wanted.expiresAt ?? null,
    revokedAt: null,
    createdBy: principal,
    revokedBy: "",
    revision: 1,
    secretHash: hashSecret(secret).toString("hex"),
  };
  await storeKey(store, key);
  return { apiKey: `dw_${keyId}_${secret}`, key: withoutSecret(key) };
}

/** Every key, newest first, also the revoked and the expired ones. */
export async function listKeys(keys: KeyReader): Promise<ApiKey[]> {
  return (await listStoredKeys(keys)).map(withoutSecret);
}

/**
 * Ends a key for good; running API processes notice within `keyCacheMsMax`. `undefined`: there is no such
 * key. Revoking twice keeps the first time.
 */
export async function revokeKey(
  store: KeyStore,
  keyId: string,
  { principal, at }: KeyChange,
): Promise<ApiKey | undefined> {
  const found = (await listStoredKeys(store)).find((key) => key.keyId === keyId);
  if (found === undefined) return undefined;
  if (found.revokedAt !== null) return withoutSecret(found);
  const revision = found.revision + 1;
  const revoked = { ...found, revokedAt: at, revokedBy: principal, revision };
  await storeKey(store, revoked);
  return withoutSecret(revoked);
}

const withoutSecret = ({ revision: _, secretHash: __, ...key }: StoredKey): ApiKey => key;

const storeKey = ({ statements }: Pick<KeyStore, "statements">, key: StoredKey): Promise<void> =>
  statements.append("api_keys", [
    key.keyId,
    key.revision,
    key.name,
    key.role,
    key.secretHash,
    key.createdAt,
    key.expiresAt,
    key.revokedAt,
    key.revokedAt === null ? key.createdBy : key.revokedBy,
  ]);

const allRows = defineQuery({
  name: "api_keys.all",
  sql: `SELECT key_id, revision, name, role, secret_hash,
  toUnixTimestamp64Milli(created_at) AS created,
  toUnixTimestamp64Milli(expires_at) AS expires,
  toUnixTimestamp64Milli(revoked_at) AS revoked, toString(principal) AS changer,
  source, offset, ${sealedRow("api_keys")} AS own
FROM api_keys WHERE role IN (${roles.map((role) => `'${role}'`).join(", ")})
ORDER BY created DESC, key_id, revision DESC, source, offset LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.number() }),
  row: z
    .object({
      key_id: z.string(),
      revision: z.coerce.number(),
      name: z.string(),
      role: z.enum(roles),
      secret_hash: z.string().length(64),
      created: z.coerce.number(),
      expires: z.coerce.number().nullable(),
      revoked: z.coerce.number().nullable(),
      changer: z.string(),
      source: z.string(),
      offset: z.number(),
      own: z.array(z.unknown()),
    })
    .transform((row) => {
      const key: StoredKey = {
        keyId: row.key_id,
        revision: row.revision,
        name: row.name,
        role: row.role,
        secretHash: row.secret_hash,
        createdAt: row.created,
        expiresAt: row.expires,
        revokedAt: row.revoked,
        createdBy: row.revoked === null ? row.changer : "",
        revokedBy: row.revoked === null ? "" : row.changer,
      };
      return { key, place: { source: row.source, offset: row.offset }, own: row.own };
    }),
});

/** Keys that no holder of the master key has made, so that they count nowhere. */
export async function countRefusedKeys({ reader, mac }: KeyReader): Promise<number> {
  const ids = new Set<string>();
  const authentic = new Set<string>();
  for (const { key, place, own } of await allRows(reader, { limit: 2 * keysMax })) {
    ids.add(key.keyId);
    if (mac.isAuthentic("api_keys", place, own)) authentic.add(key.keyId);
  }
  return ids.size - authentic.size;
}

export const refusedKeys = (count: number): string =>
  `${count} ${count === 1 ? "key that was" : "keys that were"} not made under this master key`;

/** With the hashes, newest first; for the authenticator. What no holder of the master key wrote is no key. */
export async function listStoredKeys({ reader, mac }: KeyReader): Promise<readonly StoredKey[]> {
  const newest = new Map<string, StoredKey>();
  for (const { key, place, own } of await allRows(reader, { limit: 2 * keysMax })) {
    if (!mac.isAuthentic("api_keys", place, own)) continue;
    const { createdBy } = key;
    newest.set(key.keyId, { ...key, ...newest.get(key.keyId), createdBy });
  }
  return [...newest.values()];
}
