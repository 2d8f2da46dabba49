/** What hits a whole organisation or a whole team at once: outages, holidays, a team's bad day. */
import { dayMs, hourMs } from "./calendar.ts";

export interface Shock {
  readonly kind: "outage" | "holiday" | "team_surge";
  /** Days from the desk's start; the fraction is the time of day, UTC. */
  readonly day: number;
  readonly hours: number;
  /** Of the customers' demand. */
  readonly factor: number;
  /** Only this team. */
  readonly team?: number;
}

interface Shocked {
  readonly start: number;
  readonly profile: { readonly shocks: readonly Shock[] };
}

export const shockFrom = ({ start }: Shocked, { day }: Shock) => Math.floor(start + day * dayMs);
export const shockUntil = (desk: Shocked, shock: Shock) =>
  shockFrom(desk, shock) + shock.hours * hourMs;

/** The shocks that `team` is under at `at`. O(shocks). */
export function shocksAt(desk: Shocked, team: number, at: number): readonly Shock[] {
  return desk.profile.shocks.filter(
    (shock) =>
      (shock.team === undefined || shock.team === team) &&
      at >= shockFrom(desk, shock) &&
      at < shockUntil(desk, shock),
  );
}

/** Factor of what falls off: 1 but for holidays. */
export function lull(desk: Shocked, team: number, at: number): number {
  return shocksAt(desk, team, at).reduce((least, { factor }) => Math.min(least, factor), 1);
}

/** Factor by which people hurry: 1 but for outages and surges. */
export function rush(desk: Shocked, team: number, at: number): number {
  return shocksAt(desk, team, at).reduce((most, { factor }) => Math.max(most, factor), 1);
}
