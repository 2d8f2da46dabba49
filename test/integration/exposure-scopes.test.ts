/** Exposure asked in every way that its filters allow, against a count of the events by hand. */
import { apiOver } from "../fixtures/api/api-harness.ts";
import {
  checkExposure,
  day,
  type Exposure,
  exposures,
  storeAccesses,
} from "../helpers/random-accesses.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(180_000);

interface Scope {
  readonly agents?: readonly string[];
  readonly sessions?: readonly string[];
  readonly tenants?: readonly string[];
  readonly from?: string;
  readonly to?: string;
}

const isAmong = (list: readonly string[] | undefined, value: string | null | undefined) =>
  list === undefined || (typeof value === "string" && list.includes(value));

const isIn = ({ agents, sessions, tenants, from = "", to = "3" }: Scope, found: Exposure) =>
  isAmong(agents, found.agent) &&
  isAmong(sessions, found.session) &&
  isAmong(tenants, found.tenant) &&
  found.time >= from &&
  found.time <= to;

const queryOf = ({ agents = [], sessions = [], tenants = [], from, to }: Scope): string =>
  [
    ...agents.map((id) => `agent_id=${id}`),
    ...sessions.map((id) => `session_id=${id}`),
    ...tenants.map((id) => `tenant=${id}`),
    ...(from === undefined ? [] : [`from=${from}`]),
    ...(to === undefined ? [] : [`to=${to}`]),
  ].join("&");

const scopes: readonly Scope[] = [
  { agents: ["a1"] },
  { agents: ["a0", "a2"], from: day(0.5), to: day(1.25) },
  { agents: ["a3"], sessions: ["s1", "s2"] },
  { sessions: ["s3"] },
  { sessions: ["s4", "nobody's"], tenants: ["t1"] },
  { agents: ["a5"], tenants: ["t2"], to: day(1) },
  { tenants: ["t1"] },
  { tenants: ["t1", "t2"], from: day(1) },
  { from: day(0.75), to: day(1.5) },
  { from: day(0), to: day(30) },
  { agents: ["nobody"] },
];

describe("an exposure", () => {
  it("is exactly that of the events, whatever it is asked by and however it is paged", () =>
    withStore(async (target) => {
      await storeAccesses(target);
      const api = apiOver(target);
      for (const scope of scopes) {
        const own = exposures.filter((exposure) => isIn(scope, exposure));
        await checkExposure(api, queryOf(scope), own);
      }
    }));
});
