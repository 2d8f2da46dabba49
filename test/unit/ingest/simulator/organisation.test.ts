/** The benchmark's organisations: their shape, their truth, and that they stay what they were. */
import { createHash } from "node:crypto";
import { createDesk } from "../../../../ingest/simulator/desk.ts";
import { evaluationOrganisations } from "../../../../ingest/simulator/evaluation/evaluation-organisations.ts";
import { variants } from "../../../../ingest/simulator/misuse.ts";
import {
  labelOrganisation,
  type Organisation,
  type OrganisationTruth,
} from "../../../../ingest/simulator/organisation.ts";
import {
  type DrawnOrganisation,
  drawOrganisation,
} from "../../../../ingest/simulator/organisation-draw.ts";
import { shockFrom, shockUntil } from "../../../../ingest/simulator/shock.ts";
import { simulateDesk } from "../../../../ingest/simulator/simulation.ts";
import { storyIds } from "../../../../ingest/simulator/story.ts";
import type { WireAccess, WireEvent } from "../../../../ingest/simulator/wire-event.ts";
import { contractErrors } from "./contract.ts";
import {
  countsPerAgent,
  fastHopShare,
  firstContactShare,
  lookUps,
  median,
  momentsOf,
} from "./shape.ts";

const hiddenRobotId = "ag-0b0700000";
const isAccess = (event: WireEvent): event is WireAccess => event.kind === "access";

function evaluation(n: number): DrawnOrganisation {
  const drawn = evaluationOrganisations[n - 1];
  if (drawn === undefined) throw new RangeError(`there is no evaluation organisation ${n}`);
  return drawn;
}

const plantedIn = ({ episodes }: OrganisationTruth) =>
  new Set(
    episodes.flatMap((episode) => [
      ...episode.malicious_event_ids,
      ...episode.consequence_event_ids,
      ...episode.accessory_event_ids,
    ]),
  );

function deskOf({ seed, start, days, agents, profile }: Organisation) {
  return createDesk({ seed, agents, start: Date.parse(start), profile, days });
}

/**
 * The bounds are those of four public logs of real support agents (daily counts 2 to 41 times over-dispersed,
 * negative-binomial size 0.65 to 4.3, log-sd of means 0.55 to 0.83, 22 to 33 % first contacts, a fifth outside the
 * agent's usual teams), with a margin of two standard errors of what that many agents can tell.
 */
describe.each([1, 2, 3, 4, 5])("the ordinary work of evaluation organisation %i", (n) => {
  const { organisation } = evaluation(n);
  const shape = shapeOf(organisation);

  it("is as over-dispersed as real logs", () => {
    expect(shape.dispersion).toBeGreaterThan(2);
    expect(shape.dispersion).toBeLessThan(41);
    expect(shape.negativeBinomialSize).toBeGreaterThan(0.65);
    expect(shape.negativeBinomialSize).toBeLessThan(4.3);
  });

  it("has agents whose means differ as in real logs", () => {
    const standardError = 0.7 / Math.sqrt(2 * shape.agents);
    expect(shape.logSdOfMeans).toBeGreaterThan(0.55 - 2 * standardError);
    expect(shape.logSdOfMeans).toBeLessThan(0.83 + 2 * standardError);
  });

  it("has the shares of first contacts and of other teams' tenants of real logs", () => {
    expect(shape.firstContacts).toBeGreaterThan(0.22);
    expect(shape.firstContacts).toBeLessThan(0.34);
    expect(shape.outside).toBeGreaterThan(0.14);
    expect(shape.outside).toBeLessThan(0.28);
  });

  it("hops to another customer within 15 seconds now and then, up to a third of the times", () => {
    expect(shape.fastHops).toBeGreaterThan(0.08);
    expect(shape.fastHops).toBeLessThan(0.4);
  });

  it("has robots, among them one that is called an agent if the organisation has it", () => {
    expect(shape.service).toBeGreaterThan(0.02);
    expect(shape.service + shape.hidden).toBeLessThan(0.4);
    expect(shape.hidden > 0.03).toBe(organisation.profile.hiddenRobotViews > 0);
  });
});

/** Of four weeks; the numbers only, so that no test keeps an organisation's events. */
function shapeOf(organisation: Organisation) {
  const desk = deskOf(organisation);
  const all = [...simulateDesk(desk, { days: 28 })].filter(isAccess);
  const accesses = lookUps(all).filter(({ agent }) => agent.id !== hiddenRobotId);
  const counts = countsPerAgent(accesses);
  const logMeans = counts.map(({ mean }) => Math.log(mean));
  const { teamOf, tenants } = desk.population;
  const teamOfTenant = new Map(tenants.map((tenant) => [tenant.id, teamOf(tenant)]));
  const teamOfName = new Map(desk.agents.map(({ ref, team }) => [ref.team, team]));
  const outside = accesses.filter(
    ({ agent, subjects = [] }) =>
      teamOfTenant.get(subjects[0]?.tenant ?? "") !== teamOfName.get(agent.team),
  );
  const shareOfAll = (test: (event: WireAccess) => boolean) => all.filter(test).length / all.length;
  return {
    agents: counts.length,
    dispersion: median(counts.map(({ mean, variance }) => variance / mean)),
    negativeBinomialSize: median(counts.map(({ mean, variance }) => mean ** 2 / (variance - mean))),
    logSdOfMeans: Math.sqrt(momentsOf(logMeans).variance),
    firstContacts: firstContactShare(accesses),
    outside: outside.length / accesses.length,
    fastHops: fastHopShare(accesses, 15_000),
    service: shareOfAll(({ agent }) => agent.role === "service"),
    hidden: shareOfAll(({ agent }) => agent.id === hiddenRobotId),
  };
}

describe("shocks", () => {
  const { organisation } = evaluation(2);
  const openings = (profile: Organisation["profile"]) =>
    [...simulateDesk(deskOf({ ...organisation, profile }), { days: 24 })].flatMap((event) =>
      event.kind === "ticket" && event.type === "opened" ? [Date.parse(event.time)] : [],
    );
  const shocked = openings(organisation.profile);
  const calm = openings({ ...organisation.profile, shocks: [] });
  const desk = deskOf(organisation);

  const early = organisation.profile.shocks.filter(({ day }) => day < 23.8);
  it.each(early.filter(({ kind }) => kind !== "team_surge"))(
    "multiply what comes in: $kind on day $day, by $factor",
    (shock) => {
      const within = (times: readonly number[]) =>
        times.filter((at) => at >= shockFrom(desk, shock) && at < shockUntil(desk, shock)).length;
      const ratio = within(shocked) / within(calm);
      expect(ratio).toBeGreaterThan(0.6 * shock.factor);
      // What an outage adds does not know of the day's own ups and downs.
      expect(ratio).toBeLessThan(2 * shock.factor);
    },
  );
});

describe("an organisation with every story", () => {
  const { organisation, episodes } = evaluation(3);
  const labelled = labelOrganisation(organisation, episodes);
  const { truth } = labelled;
  const delivered = [...labelled.events];
  const byId = new Map(delivered.map((event) => [event.event_id, event]));
  const planted = plantedIn(truth);
  const ordinary = delivered.filter(({ event_id }) => !planted.has(event_id)).filter(isAccess);

  it("tells each naively and carefully, once, and no agent takes part in two", () => {
    const told = truth.episodes.map(({ scenario, variant }) => `${scenario} ${variant}`);
    const all = storyIds.flatMap((story) => variants.map((variant) => `${story} ${variant}`));
    const agents = truth.episodes.flatMap(({ agent_ids }) => agent_ids);
    expect(told.toSorted()).toEqual(all.toSorted());
    expect(new Set(agents).size).toBe(agents.length);
  });

  it("holds every event of the truth, of the contract, and none too early or too late", () => {
    const quiet = truth.periods.find(({ kind }) => kind === "quiet");
    expect([...planted].filter((id) => !byId.has(id))).toEqual([]);
    expect(byId.size).toBe(truth.org_facts.events);
    expect(contractErrors(byId.values())).toEqual([]);
    expect(quiet?.start).toBe(truth.period.test_start);
    for (const episode of truth.episodes) {
      expect(episode.malicious_event_ids.length).toBeGreaterThan(2);
      expect(episode.start >= (quiet?.end ?? "9")).toBe(true);
      expect(episode.end < truth.period.end).toBe(true);
    }
  });

  it("delivers few records twice or late, the second time as the first", () => {
    const late = delivered.filter(
      (event, index) => event.time < (delivered[index - 1]?.time ?? ""),
    );
    const twice = delivered.length - byId.size;
    expect(twice / byId.size).toBeGreaterThan(organisation.profile.duplicateShare / 2);
    expect(twice / byId.size).toBeLessThan(organisation.profile.duplicateShare * 2);
    expect(late.length / byId.size).toBeGreaterThan(organisation.profile.lateShare / 2);
    expect(late.length / byId.size).toBeLessThan(0.02);
  });

  it("is careful on the agents' own machines only, mostly in sessions of ordinary work", () => {
    const machines = new Set(
      ordinary.map(({ agent, session }) => `${agent.id} ${session.device_id}`),
    );
    const sessions = new Set(ordinary.map(({ session }) => session.id));
    const careful = truth.episodes.filter(({ variant }) => variant === "careful");
    const accesses = careful
      .flatMap(({ malicious_event_ids }) => malicious_event_ids.map((id) => byId.get(id)))
      .filter((event) => event !== undefined && isAccess(event));
    const foreign = accesses.filter(
      ({ agent, session }) => !machines.has(`${agent.id} ${session.device_id}`),
    );
    const hidden = accesses.filter(({ session }) => sessions.has(session.id));
    expect(foreign).toEqual([]);
    expect(hidden.length / accesses.length).toBeGreaterThan(0.8);
  });

  it("notes the oddities of ordinary work by agent and time", () => {
    const agents = new Set(ordinary.map(({ agent }) => agent.id));
    const kinds = new Set(truth.oddities.map(({ kind }) => kind));
    expect(kinds.size).toBeGreaterThanOrEqual(9);
    expect(truth.oddities.filter(({ start, end }) => start > end)).toEqual([]);
    expect(truth.oddities.filter(({ agent_ids: [id = ""] }) => !agents.has(id)).length).toBe(0);
  });
});

describe("organisations", () => {
  it("differ: twenty to four hundred agents, at most 400,000 events, one bound for all", () => {
    const sizes = evaluationOrganisations.map(({ organisation }) => organisation.agents);
    expect(new Set(sizes).size).toBe(sizes.length);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(400);
    for (const { organisation, episodes } of evaluationOrganisations) {
      const day = organisation.quietFromDay + 7;
      expect(episodes.filter(([, from]) => from < day || from >= organisation.days)).toEqual([]);
    }
  });

  it("are drawn alike from the same seed and otherwise from another", () => {
    expect(drawOrganisation("a")).toEqual(drawOrganisation("a"));
    expect(drawOrganisation("a")).not.toEqual(drawOrganisation("b"));
  });
});

describe("evaluation organisation 1", () => {
  const { organisation, episodes } = evaluation(1);
  const labelled = labelOrganisation(organisation, episodes);
  const hash = createHash("sha256");
  const ids = new Set<string>();
  for (const event of labelled.events) {
    hash.update(`${JSON.stringify(event)}\n`);
    ids.add(event.event_id);
  }

  // Whoever changes what is simulated makes every number measured before incomparable: say so where they stand.
  it("is byte by byte what it was when it was fixed", () => {
    expect(hash.digest("hex")).toBe(
      "ad68d3fd51b39e269c91895b1a6b481487a4f8687b94ba6a5e3bdf196e5e509c",
    );
  });

  it("has a twin without attacks that is the same otherwise", () => {
    const twin = labelOrganisation(organisation, []);
    const planted = plantedIn(labelled.truth);
    const unplanted = [...ids].filter((id) => !planted.has(id)).toSorted();
    const twinIds = new Set([...twin.events].map(({ event_id }) => event_id));
    expect(twin.truth.episodes).toEqual([]);
    expect([...twinIds].toSorted().join(" ") === unplanted.join(" ")).toBe(true);
    expect(twin.truth.oddities).toEqual(labelled.truth.oddities);
  });
});
