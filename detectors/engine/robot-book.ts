/** The accounts that are robots, whom nobody meets: they are no members of a pair or a crowd. */
import { z } from "zod";
import type { Metrics } from "../../ingest/runtime/metrics.ts";

/** Beyond it the one that was recognised first is forgotten, and counted. */
const robotsMax = 1_024;

export interface RobotBook {
  readonly has: (agentId: string) => boolean;
  readonly note: (agentId: string, isRobot: boolean) => void;
  /** Those of `looks` that were persons'; the same list if all were. */
  readonly personsOf: <Look extends { readonly agent: string }>(
    looks: readonly Look[],
  ) => readonly Look[];
  readonly save: () => string;
  /** Throws ZodError or SyntaxError if `state` is no book of robots. */
  readonly load: (state: string) => void;
}

export function createRobotBook(metrics: Pick<Metrics, "count" | "gauge"> | undefined): RobotBook {
  const robots = new Set<string>();
  const isRobots = ({ agent }: { readonly agent: string }): boolean => robots.has(agent);
  const show = () => metrics?.gauge("deskwatch_detect_robot_agents", {}, robots.size);
  show();
  return {
    has: (agentId) => robots.has(agentId),
    note: (agentId, isRobot) => {
      if (isRobot === robots.has(agentId)) return;
      if (isRobot) robots.add(agentId);
      else robots.delete(agentId);
      if (robots.size > robotsMax) {
        robots.delete([...robots][0] ?? "");
        metrics?.count("deskwatch_detect_state_evictions_total", { detector: "robots" });
      }
      show();
    },
    personsOf: (looks) =>
      robots.size === 0 || !looks.some(isRobots) ? looks : looks.filter((one) => !isRobots(one)),
    save: () => JSON.stringify([...robots]),
    load: (state) => {
      for (const agentId of z.array(z.string()).parse(JSON.parse(state))) robots.add(agentId);
      show();
    },
  };
}
