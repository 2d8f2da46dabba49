import type { Population, Tenant } from "../population.ts";
import type { WireSubjectRef } from "../wire-event.ts";

interface Rows {
  readonly tenant: Tenant;
  readonly from: number;
  readonly count: number;
}

/** Rows of a tenant's log in the log's own order, beginning again at its end. */
export function logRows(
  population: Population,
  { tenant, from, count }: Rows,
): readonly WireSubjectRef[] {
  const customers = Math.max(1, tenant.subjects - 1);
  return Array.from({ length: Math.min(count, customers) }, (_, place) =>
    population.refOf({ tenant, rank: (from + place) % customers }),
  );
}
