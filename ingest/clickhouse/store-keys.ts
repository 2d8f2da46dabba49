/**
 * Whether a store was begun by the keys that the configuration names. Another token key would give every subject another
 * pseudonym, another master key would vouch for nothing that is there: neither shows by itself.
 *
 * A store keeps a fingerprint of each key that it has met. One of a version that kept none is asked for sealed
 * identifiers: what the master key opens has, under the token key, the token that it is kept by.
 */
import { z } from "zod";
import { fingerprintOf, OtherKeyError, type VersionedKey } from "../pipeline/key.ts";
import { createSealer, SealError } from "../pipeline/seal.ts";
import { createTokenizer } from "../pipeline/tokenizer.ts";
import type { Clock } from "../runtime/clock.ts";
import { subjectToken } from "../vocabulary/brand.ts";
import { subjectTypes } from "../vocabulary/event.ts";
import type { Store } from "./client.ts";
import { defineQuery, type Reader } from "./define-query.ts";
import { StoreError } from "./store-error.ts";

/** Those that are configured, the present one first; none: not set. */
export interface StoreKeys {
  readonly token: readonly VersionedKey[];
  readonly master: readonly VersionedKey[];
}

type KeyName = keyof StoreKeys;

/** Two processes may have begun a store at once: the earlier one counts. */
const recorded = defineQuery({
  name: "key_fingerprints.recorded",
  sql: `SELECT key_name, version, argMin(fingerprint, (recorded_at, fingerprint)) AS first
    FROM key_fingerprints WHERE key_name IN ('token', 'master')
    GROUP BY key_name, version ORDER BY key_name, version LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.number().int() }),
  row: z.object({
    key_name: z.enum(["token", "master"]),
    version: z.number().int(),
    first: z.string(),
  }),
});
type Recorded = Awaited<ReturnType<typeof recorded>>;

const sealedSample = defineQuery({
  name: "identities.sample",
  sql: `SELECT toString(subject_token) AS token, subject_type, sealed_id, wrapped_key, master_key_version
    FROM identities WHERE wrapped_key != '' ORDER BY subject_token LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.number().int() }),
  row: z.object({
    token: z.string(),
    subject_type: z.enum(subjectTypes),
    sealed_id: z.string(),
    wrapped_key: z.string(),
    master_key_version: z.number().int(),
  }),
});
type Sealed = Awaited<ReturnType<typeof sealedSample>>;

const fingerprintsMax = 1_000;
/** One that was altered says nothing of the keys, so that one which fits is enough. */
const sampleMax = 16;

/** Compares, and records what is new. Throws `OtherKeyError`; needs the schema in place. */
export async function claimKeys(
  { reader, writer }: Pick<Store, "reader" | "writer">,
  keys: StoreKeys,
  clock: Clock,
): Promise<void> {
  const found = await recorded(reader, { limit: fingerprintsMax });
  refuse(await problemsAmong(reader, found, keys));
  const isNew = ({ key_name, version }: { key_name: KeyName; version: number }) =>
    // A token key is one for all times: under another number it is the same.
    !found.some(
      (row) => row.key_name === key_name && (key_name === "token" || row.version === version),
    );
  const fresh = fingerprintsOf(keys).filter(isNew);
  if (fresh.length === 0) return;
  const now = clock.now();
  await writer.insertRows(
    "key_fingerprints",
    fresh.map((row) => ({ ...row, recorded_at: now })),
  );
  refuse(recordedProblems(await recorded(writer, { limit: fingerprintsMax }), keys));
}

/** As `claimKeys`, but says what is wrong and records nothing; a store without a schema has no key yet. */
export async function otherKeys(reader: Reader, keys: StoreKeys): Promise<readonly string[]> {
  const found = await recorded(reader, { limit: fingerprintsMax }).catch(noneYet);
  return problemsAmong(reader, found, keys);
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new OtherKeyError(problems);
}

function noneYet(error: unknown): [] {
  if (error instanceof StoreError && error.code === "clickhouse.unknown_name") return [];
  throw error;
}

async function problemsAmong(
  reader: Reader,
  found: Recorded,
  keys: StoreKeys,
): Promise<readonly string[]> {
  const problems = recordedProblems(found, keys);
  const isKnown = (name: KeyName) => found.some(({ key_name }) => key_name === name);
  if (problems.length > 0 || (isKnown("token") && isKnown("master"))) return problems;
  return sampleProblems(await sealedSample(reader, { limit: sampleMax }).catch(noneYet), keys);
}

const fingerprintsOf = (keys: StoreKeys) =>
  (["token", "master"] as const).flatMap((name) =>
    keys[name].map((key) => ({
      key_name: name,
      version: key.version,
      fingerprint: fingerprintOf(key),
    })),
  );

const otherToken =
  "DESKWATCH_TOKEN_KEY: another key than this store was begun with, under which every subject would get another" +
  " pseudonym; expected the former key, or another store";

const otherMaster = (version: number): string =>
  `DESKWATCH_MASTER_KEY: another key of version ${version} than this store was begun with, so that nothing in it` +
  " would count; expected the former key (a new one gets a version of its own, the former behind it after a" +
  " comma), or another store";

const missingMaster = (version: number): string =>
  `DESKWATCH_MASTER_KEY: lacks version ${version}, under which this store has rows; expected it after a comma` +
  " behind the present key, or another store";

function recordedProblems(found: Recorded, keys: StoreKeys): readonly string[] {
  return found.flatMap(({ key_name, version, first }) => {
    const own = keys[key_name];
    if (own.length === 0 || own.some((key) => fingerprintOf(key) === first)) return [];
    if (key_name === "token") return [otherToken];
    return [
      own.some((key) => key.version === version) ? otherMaster(version) : missingMaster(version),
    ];
  });
}

/** Nothing can be told of a store that has sealed nothing, nor without the master key. */
function sampleProblems(sample: Sealed, { token, master }: StoreKeys): readonly string[] {
  if (sample.length === 0 || master.length === 0) return [];
  const known = new Set(master.map(({ version }) => version));
  const lacking = sample.find((row) => !known.has(row.master_key_version));
  if (lacking !== undefined) return [missingMaster(lacking.master_key_version)];
  const opened = openedAmong(sample, master);
  if (opened.length === 0) return [otherMaster(sample[0]?.master_key_version ?? 0)];
  const isOther = token.every((key) => {
    const { identify } = createTokenizer(key);
    return opened.every((one) => identify(one.type, one.canonicalId).token !== one.token);
  });
  return token.length > 0 && isOther ? [otherToken] : [];
}

function openedAmong(sample: Sealed, master: readonly VersionedKey[]) {
  const sealer = createSealer(master);
  return sample.flatMap((row) => {
    const token = subjectToken(row.token);
    try {
      const canonicalId = sealer.openIdentity(token, {
        sealedId: row.sealed_id,
        wrappedKey: row.wrapped_key,
        masterKeyVersion: row.master_key_version,
      });
      return [{ token, type: row.subject_type, canonicalId }];
    } catch (error) {
      if (error instanceof SealError) return [];
      throw error;
    }
  });
}
