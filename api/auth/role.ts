/** What a key may do. Each role may do what the one before it may. */

/**
 * viewer reads; analyst also changes alerts and turns a raw identifier into its token and back; admin also
 * manages keys, places legal holds and erases.
 */
export const roles = ["viewer", "analyst", "admin"] as const;
export type Role = (typeof roles)[number];

export interface Principal {
  /** `key:<key id>`, `bootstrap`, or `anonymous` on the routes that ask for no key. */
  readonly id: string;
  readonly role: Role | "none";
}

/** Id of whoever runs a command over a store at rest: who holds it and its keys may do everything. */
export const commandPrincipal = "command";

export const anonymous: Principal = { id: "anonymous", role: "none" };

export function mayDo(principal: Principal, needed: Role | "none"): boolean {
  if (needed === "none") return true;
  if (principal.role === "none") return false;
  return roles.indexOf(principal.role) >= roles.indexOf(needed);
}
