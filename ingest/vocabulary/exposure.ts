/**
 * How an access exposed a subject. Kept apart from the schema up to the report: three searched numbers
 * matter more than 1,900 displayed ones.
 */
import type { AccessAction, AccessEvent } from "./event.ts";

export const exposureKinds = ["searched", "displayed", "revealed", "exported"] as const;
export type ExposureKind = (typeof exposureKinds)[number];

const byAction: Readonly<Record<AccessAction, ExposureKind | undefined>> = {
  login: undefined,
  logout: undefined,
  factor_enroll: undefined,
  search: "displayed",
  list: "displayed",
  view: "displayed",
  update: "displayed",
  impersonate: "displayed",
  reveal: "revealed",
  export: "exported",
};

/** Whether the agent asked for the record itself, rather than for a page or a file of records. */
export function isOpening({ action, search }: Pick<AccessEvent, "action" | "search">): boolean {
  if (action === "search") return search?.kind === "exact";
  return action !== "list" && action !== "export";
}

/** Whether the access exposed one subject, asked for by itself. A page or a file of one is none. */
export function exposesOne(event: Pick<AccessEvent, "action" | "outcome" | "search" | "subjects">) {
  const { action, subjects } = event;
  return (
    subjects.length === 1 &&
    action !== "list" &&
    action !== "export" &&
    exposureKindOf(event) !== undefined
  );
}

/**
 * The way in which every subject of `event` was exposed; `undefined`: the event exposed nobody.
 *
 * An exact search exposes those it asked for as searched, whatever its outcome. Any other access exposes
 * only when its outcome is `success`.
 */
export function exposureKindOf(
  event: Pick<AccessEvent, "action" | "outcome" | "search">,
): ExposureKind | undefined {
  if (event.action === "search" && event.search?.kind === "exact") return "searched";
  return event.outcome === "success" ? byAction[event.action] : undefined;
}
