/** The simulator's chance and its agenda: what every draw and every order rests on. */
import fc from "fast-check";
import { createAgenda } from "../../../../ingest/simulator/agenda.ts";
import { createLocalTime, demandAt, hourMs } from "../../../../ingest/simulator/calendar.ts";
import {
  createRandom,
  hash32,
  pickWeighted,
  type Random,
  scatter32,
} from "../../../../ingest/simulator/random.ts";

const draws = 40_000;

function momentsOf(draw: (random: Random) => number) {
  const random = createRandom("moments");
  const values = Array.from({ length: draws }, () => draw(random));
  const mean = values.reduce((sum, value) => sum + value, 0) / draws;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1);
  return { mean, variance };
}

describe("seeded chance", () => {
  // Test vectors of the FNV authors (isthe.com, test_fnv.c): 32-bit FNV-1a.
  it.each([
    { text: "", hash: 0x811c9dc5 },
    { text: "a", hash: 0xe40c292c },
    { text: "foobar", hash: 0xbf9cf968 },
  ])("hashes '$text' as FNV-1a does", ({ text, hash }) => {
    expect(hash32(text)).toBe(hash);
  });

  // MurmurHash3_x86_32 of an empty key is the finaliser of its seed: 0 for 0, 0x514e28b7 for 1.
  it.each([
    { value: 0, scattered: 0 },
    { value: 1, scattered: 0x514e28b7 },
  ])("scatters $value as MurmurHash3 finalises it", ({ value, scattered }) => {
    expect(scatter32(value)).toBe(scattered);
  });

  it("scatters without collision", () => {
    const size = 200_000;
    expect(new Set(Array.from({ length: size }, (_, value) => scatter32(value))).size).toBe(size);
  });

  // Means and variances in closed form; tolerances are five standard errors or more of 40,000 draws.
  it.each<{ name: string; draw: (random: Random) => number; mean: number; variance: number }>([
    { name: "uniform", draw: (r) => r.next(), mean: 0.5, variance: 1 / 12 },
    { name: "normal", draw: (r) => r.normal(), mean: 0, variance: 1 },
    { name: "exponential of mean 3", draw: (r) => r.exponential(3), mean: 3, variance: 9 },
    { name: "gamma of shape 4", draw: (r) => r.gamma(4), mean: 1, variance: 1 / 4 },
    { name: "gamma of shape 0.5", draw: (r) => r.gamma(0.5), mean: 1, variance: 2 },
    { name: "geometric of 0.6", draw: (r) => r.geometric(0.6), mean: 1.5, variance: 3.75 },
  ])("draws $name with its mean and variance", ({ draw, mean, variance }) => {
    const found = momentsOf(draw);
    expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / draws));
    expect(Math.abs(found.variance / variance - 1)).toBeLessThan(0.12);
  });

  it("picks rows in proportion to their weight", () => {
    const rows = [
      { name: "rare", weight: 1 },
      { name: "common", weight: 9 },
    ];
    const random = createRandom("weights");
    const picked = Array.from({ length: draws }, () => pickWeighted(random, rows).name);
    const rare = picked.filter((name) => name === "rare").length / draws;
    expect(Math.abs(rare - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / draws));
  });
});

describe("the agenda", () => {
  it("gives back every entry once, by time and then by order of entry", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const agenda = createAgenda<number>();
        times.forEach((at, order) => {
          agenda.add(at, order);
        });
        const taken = times.map(() => agenda.take());
        const expected = times
          .map((at, item) => ({ at, item }))
          .toSorted((left, right) => left.at - right.at || left.item - right.item);
        expect(taken.map((entry) => ({ at: entry?.at, item: entry?.item }))).toEqual(expected);
        expect(agenda.take()).toBeUndefined();
      }),
    );
  });

  it("keeps that order when entries come while others are taken", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1 }), (delays) => {
        const agenda = createAgenda<string>();
        agenda.add(0, "first");
        const taken: number[] = [];
        for (const delay of delays) {
          const at = agenda.take()?.at ?? 0;
          taken.push(at);
          agenda.add(at + delay, "later");
          agenda.add(at + 2 * delay, "latest");
        }
        expect(taken).toEqual(taken.toSorted((left, right) => left - right));
      }),
    );
  });
});

describe("local time", () => {
  // From the tz database: Ireland keeps UTC+1 from 2026-03-29 to 2026-10-25; New York UTC-4 from 2026-03-08.
  it.each([
    { zone: "Europe/Dublin", day: "2026-03-28", hours: 0 },
    { zone: "Europe/Dublin", day: "2026-03-29", hours: 1 },
    { zone: "Europe/Dublin", day: "2026-10-25", hours: 0 },
    { zone: "America/New_York", day: "2026-03-07", hours: -5 },
    { zone: "America/New_York", day: "2026-03-08", hours: -4 },
    { zone: "Asia/Manila", day: "2026-07-01", hours: 8 },
    { zone: "UTC", day: "2026-07-01", hours: 0 },
  ])("is $hours h ahead in $zone on $day", ({ zone, day, hours }) => {
    const noon = Date.parse(`${day}T12:00:00Z`);
    expect(createLocalTime().offsetMs(zone, noon)).toBe(hours * hourMs);
  });

  it("has a demand whose mean over a week is one", () => {
    const hours = Array.from({ length: 168 }, (_, hour) => demandAt(hour * hourMs));
    const mean = hours.reduce((sum, demand) => sum + demand, 0) / hours.length;
    expect(mean).toBeGreaterThan(0.9);
    expect(mean).toBeLessThan(1.1);
  });
});
