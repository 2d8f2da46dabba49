/**
 * The customers: organisations (tenants) of very unequal size, and the subjects that belong to them.
 *
 * A tenant owns a block of subject numbers. Low ranks within a block call often, high ranks hardly ever;
 * the last rank of a block is never anybody's customer, so it can serve as a canary.
 */
import { identifierOf, identitiesMax } from "./identity.ts";
import { createRandom, type Random, scatter32 } from "./random.ts";
import type { WireSubjectRef } from "./wire-event.ts";

export interface Tenant {
  readonly id: string;
  readonly firstSubject: number;
  readonly subjects: number;
}

/** A subject by its place: the `rank`th of its tenant. */
export interface SubjectPlace {
  readonly tenant: Tenant;
  readonly rank: number;
}

export interface Population {
  /** Largest first. */
  readonly tenants: readonly Tenant[];
  /** A customer who gets in touch: large tenants and low ranks more often. */
  readonly drawCaller: (random: Random) => SubjectPlace;
  /** A customer of one of the tenants that `team` looks after. */
  readonly drawOwnCaller: (random: Random, team: number) => SubjectPlace;
  /** The team that looks after a tenant, in desks whose teams have tenants of their own. */
  readonly teamOf: (tenant: Tenant) => number;
  /** Up to `count` distinct subjects of one tenant, as a page of its records shows them. */
  readonly drawPage: (random: Random, tenant: Tenant, count: number) => readonly WireSubjectRef[];
  readonly refOf: (place: SubjectPlace) => WireSubjectRef;
  /** Subjects that no honest work touches. */
  readonly canaries: readonly WireSubjectRef[];
  /** Subjects whose records are sensitive; they call like anybody else, but rarely. */
  readonly watchlist: readonly WireSubjectRef[];
}

/** Exponent by which a tenant's size falls with its rank. */
const tenantSkew = 0.8;
/** Exponent that makes low ranks call: half of all calls come from the first 2^-2.2 = 22 %. */
const callerSkew = 2.2;
const subjectsPerAgent = 750;

interface PopulationSize {
  readonly agents: number;
  readonly teams: number;
}

export function createPopulation(seed: string, { agents, teams }: PopulationSize): Population {
  const tenants = createTenants(seed, agents);
  const lastOf = (tenant: Tenant) => tenant.subjects - 1;
  const refOf = ({ tenant, rank }: SubjectPlace): WireSubjectRef => ({
    ...identifierOf(tenant.firstSubject + rank),
    tenant: tenant.id,
  });
  const spread = (count: number) =>
    tenants.filter((_, index) => index % Math.ceil(tenants.length / count) === 0);
  return {
    tenants,
    refOf,
    canaries: spread(6).map((tenant) => refOf({ tenant, rank: lastOf(tenant) })),
    watchlist: spread(8).map((tenant) => refOf({ tenant, rank: Math.floor(0.9 * lastOf(tenant)) })),
    drawCaller: (random) => {
      const tenant = tenantAt(tenants, random.next());
      return { tenant, rank: Math.floor(lastOf(tenant) * random.next() ** callerSkew) };
    },
    drawOwnCaller: (random, team) => {
      // One in `teams` of the tenants in their order of size, found by their block of subject numbers.
      const drawn = tenantAt(tenants, random.next());
      const place = tenants.indexOf(drawn);
      const own = place - (place % teams) + (team % teams);
      const tenant = tenants[own] ?? tenants[team % teams] ?? drawn;
      return { tenant, rank: Math.floor(lastOf(tenant) * random.next() ** callerSkew) };
    },
    teamOf: (tenant) => tenants.indexOf(tenant) % teams,
    drawPage: (random, tenant, count) => {
      const ranks = new Set<number>();
      for (let draw = 0; draw < count * 3 && ranks.size < count; draw += 1) {
        ranks.add(Math.floor(lastOf(tenant) * random.next() ** 1.3));
      }
      return [...ranks].map((rank) => refOf({ tenant, rank }));
    },
  };
}

function createTenants(seed: string, agents: number): readonly Tenant[] {
  const count = Math.max(12, Math.round(6 * Math.sqrt(agents)));
  const subjects = Math.min(identitiesMax, Math.max(4_000, agents * subjectsPerAgent));
  const weights = Array.from({ length: count }, (_, rank) => (rank + 1) ** -tenantSkew);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const salt = createRandom(`${seed}/tenants`).below(0x1_0000_0000);
  let firstSubject = 0;
  return weights.map((weight, rank) => {
    const id = `tn-${scatter32(salt + rank)
      .toString(16)
      .padStart(8, "0")}`;
    const tenant = { id, firstSubject, subjects: Math.floor((subjects * weight) / whole) };
    firstSubject += tenant.subjects;
    return tenant;
  });
}

/** The tenant whose block holds this fraction of all subjects. O(log tenants). */
function tenantAt(tenants: readonly Tenant[], fraction: number): Tenant {
  const last = tenants.at(-1);
  if (last === undefined) throw new RangeError("a population has tenants");
  const subject = fraction * (last.firstSubject + last.subjects);
  let low = 0;
  let high = tenants.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const first = tenants[middle]?.firstSubject ?? 0;
    if (first <= subject) low = middle;
    else high = middle - 1;
  }
  return tenants[low] ?? last;
}
