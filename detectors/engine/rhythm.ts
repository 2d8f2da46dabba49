/**
 * The hours of the day at which an account exposes people, to tell robots from persons: people sleep. A day without a
 * pause longer than a few hours, midnight to midnight and the two ends taken together, is sleepless; an account most of
 * whose days are sleepless is a robot, whatever its role says. UTC, so that no time zone that an event names matters.
 */
import type { DetectionParameters } from "../parameters/detection-parameters.ts";

export interface Rhythm {
  /** UTC day that `hours` are of; −1: none yet. */
  day: number;
  /** One bit for each hour with an exposing access. */
  hours: number;
  /** Earlier days with such an access, and those of them that were sleepless; forgetting. */
  days: number;
  sleepless: number;
  isRobot: boolean;
}

export const newRhythm = (): Rhythm => ({
  day: -1,
  hours: 0,
  days: 0,
  sleepless: 0,
  isRobot: false,
});

const hourMs = 3_600_000;
const hoursPerDay = 24;

type RobotParameters = Pick<DetectionParameters, "robots" | "learning">;

/** Notes an exposing access. A late one of an earlier day is not. O(1), O(24) when a day begins. */
export function noteHour(rhythm: Rhythm, at: number, parameters: RobotParameters): void {
  const hour = Math.floor(at / hourMs);
  const day = Math.floor(hour / hoursPerDay);
  if (day > rhythm.day) closeDay(rhythm, day, parameters);
  if (day === rhythm.day) rhythm.hours |= 1 << (hour % hoursPerDay);
}

function closeDay(rhythm: Rhythm, day: number, { robots, learning }: RobotParameters): void {
  if (rhythm.hours !== 0) {
    const keep = 2 ** (-(day - rhythm.day) / learning.habit_half_life_days);
    const isSleepless = longestPause(rhythm.hours) <= robots.pause_hours_max;
    rhythm.days = Math.fround((rhythm.days + 1) * keep);
    rhythm.sleepless = Math.fround((rhythm.sleepless + (isSleepless ? 1 : 0)) * keep);
    rhythm.isRobot =
      rhythm.sleepless >= robots.days_min && rhythm.sleepless >= robots.day_share * rhythm.days;
  }
  rhythm.day = day;
  rhythm.hours = 0;
}

/** Hours in a row without an access, round the clock. */
function longestPause(hours: number): number {
  let longest = 0;
  let pause = 0;
  for (let n = 0; n < 2 * hoursPerDay; n += 1) {
    pause = (hours & (1 << (n % hoursPerDay))) === 0 ? pause + 1 : 0;
    longest = Math.max(longest, pause);
  }
  return Math.min(hoursPerDay, longest);
}
