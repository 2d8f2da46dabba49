/** `/v1/keys`: API keys. The key itself is in the answer to its creation and nowhere else. */
import { z } from "zod";
import type { Store } from "../../ingest/clickhouse/client.ts";
import type { StatementWriter } from "../../ingest/ledger/statement.ts";
import type { StatementMac } from "../../ingest/ledger/statement-mac.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import {
  type ApiKey,
  createKey,
  type KeyStore,
  KeysError,
  keyNameLengthMax,
  listKeys,
  revokeKey,
} from "../auth/keys.ts";
import { roles } from "../auth/role.ts";
import { instant, isoTime, isoTimeOrNull } from "../parameters.ts";
import { problem } from "../problem.ts";
import { created, json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";

interface KeyDeps {
  readonly store: Pick<Store, "reader">;
  readonly statements: Pick<StatementWriter, "append">;
  readonly statementMac: Pick<StatementMac, "isAuthentic">;
  readonly keysChanged: () => void;
  readonly clock: Clock;
}

const makerNote =
  "`key:<key_id>`, `bootstrap`, or `command` for one of a store at rest; null: a version that did not say.";
const keyDocument = z
  .object({
    key_id: z.string(),
    name: z.string(),
    role: z.enum(roles),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    revoked_at: z.iso.datetime().nullable(),
    created_by: z.string().nullable().meta({ description: makerNote }),
    revoked_by: z.string().nullable(),
  })
  .meta({ id: "ApiKey" });
const createdDocument = keyDocument.extend({ api_key: z.string() }).meta({ id: "CreatedApiKey" });
const newKeySchema = z
  .strictObject({
    role: z.enum(roles),
    name: z.string().max(keyNameLengthMax).default(""),
    expires_at: instant.optional(),
  })
  .meta({ id: "NewApiKey" });

const documentOf = (key: ApiKey) => ({
  key_id: key.keyId,
  name: key.name,
  role: key.role,
  created_at: isoTime(key.createdAt),
  expires_at: isoTimeOrNull(key.expiresAt),
  revoked_at: isoTimeOrNull(key.revokedAt),
  created_by: key.createdBy || null,
  revoked_by: key.revokedBy || null,
});

const path = "/v1/keys";
const query = z.strictObject({});

export const keyRoutes = (deps: KeyDeps): readonly Route[] => [
  listRoute(deps),
  createRoute(deps),
  revokeRoute(deps),
];

const keyStoreOf = ({ store, statements, statementMac: mac }: KeyDeps): KeyStore => ({
  reader: store.reader,
  statements,
  mac,
});

const listRoute = (deps: KeyDeps): Route =>
  defineRoute({
    method: "get",
    path,
    summary: "List API keys",
    description: "Newest first, with the expired and the revoked ones.",
    role: "admin",
    params: noParams,
    query,
    body: noBody,
    replies: {
      200: {
        description: "Every key.",
        schema: z.object({ items: z.array(keyDocument) }).meta({ id: "ApiKeyList" }),
      },
    },
    problems: [],
    handle: async () => json({ items: (await listKeys(keyStoreOf(deps))).map(documentOf) }),
  });

const createRoute = (deps: KeyDeps): Route =>
  defineRoute({
    method: "post",
    path,
    summary: "Create an API key",
    role: "admin",
    params: noParams,
    query,
    body: newKeySchema,
    replies: {
      201: { description: "Created; `api_key` is shown only here.", schema: createdDocument },
    },
    problems: ["limit_reached"],
    handle: async ({ body: { name, role, expires_at: expiresAt }, principal }) => {
      const now = deps.clock.now();
      if (expiresAt !== undefined && expiresAt <= now) {
        const errors = [{ pointer: "/expires_at", detail: "expected a time in the future" }];
        return problem("invalid_body", "The key would never be valid.", { errors });
      }
      try {
        const change = { principal: principal.id, at: now };
        const wanted = { name, role, expiresAt };
        const { apiKey, key } = await createKey(keyStoreOf(deps), wanted, change);
        deps.keysChanged();
        return created({ ...documentOf(key), api_key: apiKey }, { "Cache-Control": "no-store" });
      } catch (error) {
        if (error instanceof KeysError) return problem("limit_reached", error.message);
        throw error;
      }
    },
  });

const revokeRoute = (deps: KeyDeps): Route =>
  defineRoute({
    method: "delete",
    path: `${path}/{key_id}`,
    summary: "Revoke an API key",
    description:
      "Takes effect at once here, within two seconds in other processes. Revoking again changes nothing.",
    role: "admin",
    params: z.strictObject({ key_id: z.string().min(1).max(64) }),
    query,
    body: noBody,
    replies: { 200: { description: "The revoked key.", schema: keyDocument } },
    problems: ["not_found"],
    handle: async ({ params: { key_id: keyId }, principal }) => {
      const change = { principal: principal.id, at: deps.clock.now() };
      const revoked = await revokeKey(keyStoreOf(deps), keyId, change);
      if (revoked === undefined) return problem("not_found", "There is no key with this id.");
      deps.keysChanged();
      return json(documentOf(revoked));
    },
  });
