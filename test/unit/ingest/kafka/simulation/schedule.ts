/** Draws a schedule: what comes by chance, and what chance alone puts together too seldom. */
import { seeded } from "../seeded-random.ts";
import { type Act, type Fate, fates, membersMax, type Schedule } from "./act.ts";

const partitionsMax = 3;
/** Each as often as it stands here: more partitions take longer and seldom matter to one another. */
const partitionCounts = [1, 1, 2, partitionsMax] as const;
const hourMs = 3_600_000;
/** Ahead by less: whoever comes after waits until what was announced then can land no more. */
const clockOffsMs = [-hourMs, 0, 30_000] as const;
/** Acts of one schedule, from the first to the second. */
const actsRange = [10, 30] as const;

/** One seed, one schedule. */
export function scheduleOf(seed: number): Schedule {
  const random = seeded(seed);
  const upTo = (max: number): number => Math.floor(random() * (max + 1));
  const partitions = partitionCounts[upTo(partitionCounts.length - 1)] ?? 1;
  const [least, most] = actsRange;
  const length = least + upTo(most - least);
  const acts: Act[] = [
    { kind: "produce", partition: upTo(partitionsMax - 1), records: 2 + upTo(6) },
    { kind: "start", member: 0, scale: 1, skew: upTo(2) - 1 },
    { kind: "serve", member: 0, pick: 0, count: partitionsMax, fate: "ok" },
    { kind: "fetch", member: 0, pick: upTo(partitionsMax - 1), records: 4 },
  ];
  if (upTo(3) === 0) acts.splice(2, 0, { kind: "start", member: 0, scale: 1, skew: 0 });
  while (acts.length < length) acts.push(...drawActs(upTo));
  return { seed, partitions, acts };
}

function drawActs(upTo: UpTo): readonly Act[] {
  if (upTo(9) === 0) return drawTakeover(upTo);
  if (upTo(39) === 0) return drawPutBack(upTo);
  return upTo(39) === 0 ? drawRestore(upTo) : [drawAct(upTo)];
}

/** Ranges are confirmed, the database is put back, and in the midst of making up for it something goes wrong. */
function drawRestore(upTo: UpTo): Act[] {
  const member = upTo(membersMax - 1);
  const served: Act = { kind: "serve", member, pick: 0, count: 5, fate: "ok" };
  const fetched: Act = { kind: "fetch", member, pick: upTo(partitionsMax - 1), records: 4 };
  return [
    { kind: "start", member, scale: 1, skew: 0 },
    served,
    fetched,
    { kind: "pass", ms: 160 },
    served,
    served,
    { kind: "pass", ms: 160 },
    served,
    { kind: "restore", inserts: 1 + upTo(5) },
    { kind: "start", member, scale: 1 + upTo(1), skew: upTo(2) - 1 },
    served,
    fetched,
    { kind: "pass", ms: 160 },
    { ...served, count: 1 + upTo(5), fate: drawFate(upTo) },
  ];
}

/**
 * A clock is put back between an announcement and what is stored of it; the next announcement confirms that, and
 * somebody else goes on.
 */
function drawPutBack(upTo: UpTo): Act[] {
  const member = upTo(membersMax - 1);
  const served: Act = { kind: "serve", member, pick: 0, count: 1, fate: "ok" };
  const pick = upTo(partitionsMax - 1);
  const others: readonly Act[] = [0, 1, 2].flatMap((other) => [
    { kind: "rejoin", member: other },
    { ...served, member: other, count: partitionsMax },
  ]);
  const read: readonly Act[] = [
    { kind: "produce", partition: upTo(partitionsMax - 1), records: 4 },
    { kind: "fetch", member, pick, records: 4 },
    { kind: "pass", ms: 160 },
    served,
  ];
  return [
    { kind: "start", member, scale: 1, skew: 0 },
    ...others,
    ...read,
    { kind: "set_clock", member, offMs: -hourMs },
    { ...served, count: 10 },
    ...read,
    { kind: "crash", member, calls: 0 },
    { kind: "evict", member },
    ...others,
    { kind: "fetch", member: 0, pick, records: 4 },
    { ...served, member: 0, count: 10 },
  ];
}

/**
 * What chance alone puts together too seldom: a request goes astray, somebody else or the same member takes up
 * the range about when its deadline passes, and the request comes after all.
 */
function drawTakeover(upTo: UpTo): Act[] {
  const member = upTo(membersMax - 1);
  const pick = upTo(7);
  const astray = (["late", "stuck", "begun"] as const)[upTo(2)] ?? "late";
  const lost: readonly Act[] = [
    { kind: "crash", member, calls: 0 },
    { kind: "stop", member },
    { kind: "evict", member },
  ];
  const served: Act = { kind: "serve", member, pick: 0, count: 1 + upTo(5), fate: "ok" };
  const wait: Act = { kind: "pass", ms: 500 * (2 + upTo(5)) };
  return [
    { kind: "serve", member, pick, count: 1 + upTo(3), fate: astray },
    ...(upTo(1) === 0 ? lost.slice(upTo(2)).slice(0, 1) : []),
    { kind: "start", member, scale: 1, skew: upTo(2) - 1 },
    { kind: "rejoin", member },
    served,
    { kind: "fetch", member, pick: upTo(partitionsMax - 1), records: 4 },
    wait,
    { ...served, count: 1 + upTo(5) },
    { kind: "land", pick },
    served,
  ];
}

type UpTo = (max: number) => number;

/** How often each act comes, in parts of their sum. */
const weights: { readonly [Kind in Act["kind"]]: number } = {
  produce: 50,
  fetch: 120,
  serve: 420,
  land: 50,
  pass: 130,
  start: 28,
  crash: 25,
  set_clock: 8,
  stop: 15,
  resume: 20,
  evict: 15,
  rejoin: 45,
  drain: 8,
  leave: 12,
  cut: 10,
  expire: 4,
  restore: 4,
};
const weightSum = Object.values(weights).reduce((sum, weight) => sum + weight, 0);

const kindsByWeight = Object.entries(weights) as readonly [Act["kind"], number][];

function drawKind(upTo: UpTo): Act["kind"] {
  let left = upTo(weightSum - 1);
  for (const [kind, weight] of kindsByWeight) {
    if (left < weight) return kind;
    left -= weight;
  }
  return "pass";
}

function drawAct(upTo: UpTo): Act {
  const member = upTo(membersMax - 1);
  const kind = drawKind(upTo);
  switch (kind) {
    case "produce":
      return { kind, partition: upTo(partitionsMax - 1), records: 1 + upTo(3) };
    case "fetch":
      return { kind, member, pick: upTo(partitionsMax - 1), records: 1 + upTo(4) };
    case "serve":
      return { kind, member, pick: upTo(7), count: 1 + upTo(5), fate: drawFate(upTo) };
    case "land":
      return { kind, pick: upTo(7) };
    case "pass":
      return { kind, ms: drawMs(upTo) };
    case "start":
      return { kind, member, scale: 1 + upTo(1), skew: upTo(2) - 1 };
    case "crash":
      return { kind, member, calls: upTo(4) };
    case "set_clock":
      return { kind, member, offMs: clockOffsMs[upTo(clockOffsMs.length - 1)] ?? 0 };
    case "cut":
      return { kind, partition: upTo(partitionsMax - 1), offsets: 1 + upTo(5) };
    case "restore":
      return { kind, inserts: 1 + upTo(11) };
    case "expire":
      return { kind };
    default:
      return { kind, member };
  }
}

const drawFate = (upTo: UpTo): Fate =>
  upTo(9) < 4 ? "ok" : (fates[upTo(fates.length - 1)] ?? "ok");

/** Mostly less than a batch waits, now and then as long as a write may take. */
const drawMs = (upTo: UpTo): number => (upTo(3) === 0 ? 500 * (1 + upTo(7)) : 40 * upTo(4));
