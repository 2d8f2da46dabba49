/** What happens once faults have stopped: everybody goes on, is answered, and in the end drains. */
import { type Crew, isDraining } from "./crew.ts";
import { unfinished, unfittingLink, type Violation } from "./invariants.ts";
import type { SimulatedMember, WorldServices } from "./world-services.ts";

export interface CalmOptions {
  readonly world: WorldServices;
  readonly crew: Crew;
  /** Lets everything go on that can, and checks what must hold always. */
  readonly settle: () => Promise<void>;
  readonly hasFailed: () => boolean;
  readonly pass: (ms: number) => void;
  readonly note: (text: () => string) => void;
}

/** Longest calm that must suffice for everything to be stored: 300 rounds of at most 800 ms. */
const roundsMax = 300;
const roundMs = { busy: 100, quiet: 800 } as const;
/** Requests of one member in one round. */
const servedMax = 200;
/** Records of one fetch. */
const fetchedAtOnce = 5;

/** The first thing that is not as it must be in the end. Members that are to die no longer do. */
export async function calmDown(options: CalmOptions): Promise<Violation | undefined> {
  const { world, crew, hasFailed } = options;
  for (const member of crew.all()) {
    member.status.isStopped = false;
    member.status.offMs = 0;
    if (member.status.isDead) world.coordinator.leave(member.key);
    else member.dieAfter(Number.POSITIVE_INFINITY);
  }
  let rest = unfinished(world);
  for (let turn = 0; turn < roundsMax && !hasFailed(); turn += 1) {
    await round(options);
    rest = unfinished(world);
    if (rest === undefined) break;
  }
  return rest ?? (hasFailed() ? undefined : await drainAll(options));
}

async function round(options: CalmOptions): Promise<void> {
  const { world, crew, settle, hasFailed, pass, note } = options;
  if (crew.alive().length === 0) crew.start({ pick: 0, scale: 1, skew: 0 });
  const before = world.database.landings();
  for (const member of crew.alive()) {
    if (!hasFailed()) await work(member, options);
  }
  const landed = world.network.land(0);
  if (landed !== undefined) note(() => `late: ${landed.text()}`);
  pass(world.database.landings() === before ? roundMs.quiet : roundMs.busy);
  await settle();
}

async function work(member: SimulatedMember, options: CalmOptions): Promise<void> {
  if (isDraining(member)) options.crew.leave(member);
  else if (member.isStale()) member.rejoin();
  await options.settle();
  if (member.status.isDead) return;
  for (const partition of member.owned()) await member.fetch(partition, fetchedAtOnce);
  await options.settle();
  await serveAll(member, options);
}

async function serveAll(member: SimulatedMember, options: CalmOptions): Promise<void> {
  for (let served = 0; served < servedMax && !options.hasFailed(); served += 1) {
    const answered = options.world.network.serve(member.key, 0, "ok");
    if (answered === undefined) return;
    options.note(() => answered.text());
    await options.settle();
  }
}

async function drainAll(options: CalmOptions): Promise<Violation | undefined> {
  const last = options.crew.alive();
  for (const member of last) if (!isDraining(member)) member.drain();
  await options.settle();
  for (const member of last) await serveAll(member, options);
  const endless = last.find(({ status }) => !status.hasDrained);
  if (endless !== undefined) return { name: "drain without end", detail: endless.name };
  return unfinished(options.world) ?? (await unfittingLink(options.world.database));
}
