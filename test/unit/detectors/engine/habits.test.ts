import {
  hoursOfWeek,
  isRareHour,
  learnHabits,
  newHabits,
  newTrace,
} from "../../../../detectors/engine/habits.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";

const { habits: rarity, learning } = defaultParameters;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A Monday. */
const monday = Date.UTC(2026, 0, 5);
const saturday = 24;

/** What is known after sessions of whole days, one a day, from Monday on. */
function habitsAfter(days: readonly number[], hours: readonly number[]) {
  const habits = newHabits();
  for (const day of days) {
    const trace = newTrace();
    for (const hour of hours) trace.hours.add((day % 7 < 5 ? 0 : saturday) + hour);
    learnHabits(habits, trace, { at: monday + (day + 1) * dayMs, share: 1, ...learning });
  }
  return habits;
}

const everyHour = Array.from({ length: hoursOfWeek / 2 }, (_, hour) => hour);
const officeHours = [8, 9, 10, 11, 12, 13, 14, 15, 16];

describe("the hours of an agent's week", () => {
  it("are not told before a week is over: the first weekend of one that works round the clock", () => {
    const known = habitsAfter([0, 1, 2, 3, 4], everyHour);
    const at = monday + 5 * dayMs + 3 * hourMs;
    expect(isRareHour(known, { hour: saturday + 3, at }, rarity)).toBeUndefined();
  });

  it("are those of the next weekend, too, once it has worked through one", () => {
    const known = habitsAfter([0, 1, 2, 3, 4, 5, 6, 7], everyHour);
    const at = monday + 12 * dayMs + 3 * hourMs;
    expect(isRareHour(known, { hour: saturday + 3, at }, rarity)).toBe(false);
  });

  it("leave out the nights and the weekends of office work", () => {
    const known = habitsAfter([0, 1, 2, 3, 4, 7, 8, 9], officeHours);
    const at = monday + 10 * dayMs;
    expect(isRareHour(known, { hour: 10, at }, rarity)).toBe(false);
    expect(isRareHour(known, { hour: 2, at }, rarity)).toBe(true);
    expect(isRareHour(known, { hour: saturday + 10, at }, rarity)).toBe(true);
  });

  it("are any hours while the agent is on call", () => {
    const known = { ...habitsAfter([0, 1, 2, 3, 4, 7, 8, 9], officeHours), isOnCall: true };
    expect(isRareHour(known, { hour: 2, at: monday + 10 * dayMs }, rarity)).toBeUndefined();
  });
});
