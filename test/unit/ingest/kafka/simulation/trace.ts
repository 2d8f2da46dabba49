/** A schedule and what production did under it, in words: one line an act. */
import { formatNote } from "../../../../../ingest/kafka/intent.ts";
import type { Buffered, Effect, RangeEvent } from "../../../../../ingest/kafka/range-state.ts";
import type { Act } from "./act.ts";

const memberNames = ["A", "B", "C"] as const;
export const nameOf = (member: number): string => memberNames[member] ?? "?";

export function describeAct(act: Act): string {
  const who = "member" in act ? `${nameOf(act.member)} ` : "";
  switch (act.kind) {
    case "produce":
      return `${act.records} records for p${act.partition}`;
    case "fetch":
      return `${who}fetches`;
    case "serve":
      return `${who}is served ${act.count}, the last ${act.fate}`;
    case "land":
      return "something late lands";
    case "pass":
      return `${act.ms} ms pass`;
    case "start":
      return `${who}starts`;
    case "crash":
      return act.calls === 0 ? `${who}crashes` : `${who}will crash before call ${act.calls}`;
    case "set_clock":
      return `${who}has its clock set to ${act.offMs} ms off`;
    case "cut":
      return `retention cuts ${act.offsets} off p${act.partition}`;
    case "restore":
      return `everybody is down, the database put back by ${act.inserts} inserts`;
    case "expire":
      return "everybody is down until offsets have expired";
    default:
      return `${who}${verbs[act.kind]}`;
  }
}

const verbs = {
  stop: "is stopped",
  resume: "goes on",
  evict: "is put out of the group",
  rejoin: "joins again",
  drain: "drains",
  leave: "leaves",
} as const;

export const describeStep = (
  member: string,
  phase: string,
  event: RangeEvent<Buffered>,
  effects: readonly Effect<Buffered>[],
): string => {
  const asked = effects.map(describeEffect).join(", ");
  return `${member} ${event.kind} in ${phase}${asked === "" ? "" : ` → ${asked}`}`;
};

function describeEffect(effect: Effect<Buffered>): string {
  switch (effect.kind) {
    case "commit":
      return `commit ${effect.offset} "${formatNote(effect.note)}"`;
    case "write":
      return `${effect.mode} [${effect.range.start}, ${effect.range.end}) by ${effect.deadline}`;
    case "seek":
      return `seek ${effect.offset}`;
    case "count_gap":
      return `gap [${effect.hole.from}, ${effect.hole.to})`;
    case "count_fallen_back":
      return `falls back from ${effect.to} to ${effect.from}`;
    case "fail":
      return `fail ${effect.code}`;
    default:
      return effect.kind;
  }
}
