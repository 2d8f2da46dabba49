/**
 * Who may pass to a route: the caller is identified, counted against the rate limit, and refused if the role
 * does not suffice. Callers without a good key are counted by address, so guessing is limited too.
 */
import type { Request, RequestHandler } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import type { Authenticate, Authentication } from "./auth/authenticator.ts";
import { anonymous, mayDo, type Principal, type Role } from "./auth/role.ts";
import { type Problem, problem } from "./problem.ts";
import type { Send } from "./send.ts";

interface GateDeps {
  readonly authenticate: Authenticate;
  /** Requests per minute and key, or per address without a good key. */
  readonly perMinute: number;
  readonly send: Send;
}

export interface Gate {
  /** In order, before a route of this role. */
  readonly handlers: (role: Role | "none") => readonly RequestHandler[];
  readonly principalOf: (request: Request) => Principal;
}

const windowMs = 60_000;

export function createGate({ authenticate, perMinute, send }: GateDeps): Gate {
  const found = new WeakMap<Request, Authentication>();
  const principalOf = (request: Request): Principal => {
    const authentication = found.get(request);
    return authentication?.kind === "principal" ? authentication.principal : anonymous;
  };
  const identify: RequestHandler = async (request, _response, next) => {
    found.set(request, await authenticate(request.headers.authorization));
    next();
  };
  const limit = rateLimit({
    windowMs,
    limit: perMinute,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator: (request) => {
      const { id, role } = principalOf(request);
      return role === "none" ? `address:${ipKeyGenerator(request.ip ?? "")}` : id;
    },
    handler: (request, response) => {
      send(request, response, problem("rate_limited", "Too many requests in this minute."));
    },
  });
  const permit =
    (role: Role): RequestHandler =>
    (request, response, next) => {
      const refused = refusalOf(found.get(request), role);
      if (refused === undefined) next();
      else send(request, response, refused);
    };
  return {
    handlers: (role) => (role === "none" ? [] : [identify, limit, permit(role)]),
    principalOf,
  };
}

const challenge = (error: string) => ({
  headers: { "WWW-Authenticate": `Bearer realm="deskwatch"${error}` },
});

function refusalOf(authentication: Authentication | undefined, role: Role): Problem | undefined {
  if (authentication === undefined || authentication.kind === "missing") {
    return problem("key_missing", "Send an API key: Authorization: Bearer <key>.", challenge(""));
  }
  if (authentication.kind === "refused") {
    const detail = "The API key is unknown, expired or revoked.";
    return problem("key_refused", detail, challenge(', error="invalid_token"'));
  }
  if (mayDo(authentication.principal, role)) return undefined;
  const detail = `This needs the role ${role}.`;
  return problem("role_insufficient", detail, challenge(', error="insufficient_scope"'));
}
