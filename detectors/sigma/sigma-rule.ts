/** A compiled correlation: which events it counts, by what, over how long, and when that is too many. */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import type { Severity } from "../alert.ts";
import type { DetectorMeta } from "../detector.ts";
import { type Condition, type CorrelationDocument, thresholdMax } from "./sigma-document.ts";
import type { SigmaField } from "./sigma-field.ts";

export interface GroupField extends SigmaField {
  readonly name: string;
}

export interface SigmaRule {
  /** `sigma:` and the rule's name. */
  readonly id: string;
  readonly meta: DetectorMeta;
  readonly matches: (event: AccessEvent) => boolean;
  readonly groupBy: readonly GroupField[];
  /** undefined: events are counted; or else the field's distinct values. */
  readonly counted: GroupField | undefined;
  readonly timespan: { readonly text: string; readonly ms: number };
  readonly holds: (count: number) => boolean;
  /** More events can end that the condition holds. */
  readonly isBoundedAbove: boolean;
  /** The condition in words. */
  readonly expected: string;
  /** Of all that the rule is made of: its state belongs to no other. */
  readonly digest: string;
}

export const sigmaPrefix = "sigma:";
export const isSigmaId = (id: string): boolean => id.startsWith(sigmaPrefix);

const levels: Readonly<Record<NonNullable<CorrelationDocument["level"]>, Severity>> = {
  informational: "info",
  low: "low",
  medium: "medium",
  high: "high",
  critical: "critical",
};

const comparisons = {
  gt: ["more than", (count: number, than: number) => count > than],
  gte: ["at least", (count: number, than: number) => count >= than],
  lt: ["fewer than", (count: number, than: number) => count < than],
  lte: ["at most", (count: number, than: number) => count <= than],
  eq: ["exactly", (count: number, than: number) => count === than],
} as const;
const order = ["gt", "gte", "lt", "lte", "eq"] as const;

export function compileThreshold(
  condition: Condition,
): Pick<SigmaRule, "holds" | "isBoundedAbove" | "expected"> {
  const parts = order.flatMap((name) => {
    const than = condition[name];
    return than === undefined ? [] : [{ name, than }];
  });
  return {
    holds: (count) => parts.every(({ name, than }) => comparisons[name][1](count, than)),
    isBoundedAbove: parts.some(({ name }) => name === "lt" || name === "lte" || name === "eq"),
    expected: parts.map(({ name, than }) => `${comparisons[name][0]} ${than}`).join(" and "),
  };
}

/** Whether any number of events could make it hold. */
const canHold = ({ holds }: Pick<SigmaRule, "holds">): boolean =>
  Array.from({ length: thresholdMax + 1 }, (_, n) => n + 1).some((count) => holds(count));

/** What is wrong with the condition; undefined: nothing. */
export function faultOf(condition: Condition): string | undefined {
  if (!order.some((name) => condition[name] !== undefined)) {
    return "expected at least one of gt, gte, lt, lte, eq";
  }
  return canHold(compileThreshold(condition))
    ? undefined
    : "expected a condition that some number of events meets";
}

export function metaOf(id: string, document: CorrelationDocument): DetectorMeta {
  const { title, description, level = "medium", tags = [], references = [] } = document;
  const { falsepositives = [] } = document;
  const techniques = tags.flatMap((tag) => techniqueOf(tag));
  return {
    id,
    version: 1,
    title,
    description: description ?? title,
    severity: levels[level],
    attack: techniques,
    falsePositives: typeof falsepositives === "string" ? [falsepositives] : falsepositives,
    blindSpots: ["Whatever stays below the threshold that it was given."],
    aggravating: "It is a threshold that an analyst has set: it says nothing of how rare this is.",
    legitimate: "Work that the rule's author did not think of would make it legitimate.",
    runbook: ["Read the cited events, and ask /v1/exposure whom they exposed."],
    references,
    stateBytesMax: 0,
  };
}

function techniqueOf(tag: string): `T${number}`[] {
  const found = /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1]?.toUpperCase() ?? "";
  return isTechnique(found) ? [found] : [];
}

const isTechnique = (text: string): text is `T${number}` => text.startsWith("T");
