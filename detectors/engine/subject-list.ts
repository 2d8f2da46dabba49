import type { SubjectToken, TenantId } from "../../ingest/vocabulary/brand.ts";
import type { SubjectList } from "../detector.ts";

/** A configured canary or watch-list subject. */
export interface ListedSubject {
  readonly token: SubjectToken;
  /** undefined: whatever tenant. */
  readonly tenant: TenantId | undefined;
}

/** Tokens match, and tenants where both are known. */
export function subjectListOf(listed: readonly ListedSubject[]): SubjectList {
  const tenants = new Map<SubjectToken, (TenantId | undefined)[]>();
  for (const { token, tenant } of listed) {
    tenants.set(token, [...(tenants.get(token) ?? []), tenant]);
  }
  return {
    has: ({ token, tenant }) =>
      tenants
        .get(token)
        ?.some((own) => own === undefined || tenant === undefined || own === tenant) ?? false,
  };
}
