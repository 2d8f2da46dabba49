/** Leave, by the week. */
import { dayMs } from "./calendar.ts";
import { createRandom } from "./random.ts";

/** Share of weeks that an agent is on leave. */
const leaveShare = 0.06;

/** Whether the agent is away in the week of the UTC day `day`; the same answer whenever it is asked. */
export function onLeave(seed: string, agentId: string, day: number): boolean {
  const week = Math.floor((day / dayMs + 3) / 7);
  return createRandom(`${seed}/leave/${agentId}/${week}`).chance(leaveShare);
}
