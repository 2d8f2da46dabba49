/**
 * Keys that a demo or a replay makes for itself. They lie beside the data that they protect, which no
 * deployment may do: whoever gets the folder gets both. The commands say so.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder } from "../../ingest/runtime/place.ts";
import type { Config } from "../../ingest/runtime/settings.ts";

export type SubjectKeys = Pick<Config, "tokenKey" | "masterKey">;

const keysDocument = z.object({ tokenKey: z.string(), masterKey: z.string() });

/** For a store that is thrown away at the end: known to everybody, so that a run can be repeated. */
export const throwAwayKeys: SubjectKeys = {
  tokenKey: `1:${Buffer.alloc(32, "deskwatch replay token key").toString("base64")}`,
  masterKey: `1:${Buffer.alloc(32, "deskwatch replay master key").toString("base64")}`,
};

/** The folder's own keys, made at the first call. Throws `PlaceError`. */
export function ownKeysOf(folder: string): SubjectKeys {
  const path = join(folder, "own-keys.json");
  if (existsSync(path)) return keysDocument.parse(JSON.parse(readFileSync(path, "utf8")));
  makeFolder("DESKWATCH_DATA_DIR", folder);
  const keys = { tokenKey: newKey(), masterKey: newKey() };
  writeFileSync(path, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}

const newKey = (): string => `1:${randomBytes(32).toString("base64")}`;
