/**
 * terminated: the account of an agent who has left is at work.
 *
 * Policy: after the roster said `terminated` (and until `hired` again) every successful access but a logout
 * is a finding, once the grace period for a last wrap-up and for clock skew is over. A denied one shows that
 * the control works. A roster is often late: when it tells of a leaving that lies before the agent's newest
 * access, that access is a finding, too; a hiring from before the leaving, told late, ends nothing. State: the time of leaving, the newest access. O(1) time and memory.
 */
import { z } from "zod";
import { epochMs, eventId } from "../../ingest/vocabulary/brand.ts";
import type { AccessEvent, AgentEvent } from "../../ingest/vocabulary/event.ts";
import { defineDetector, type PolicyFinding } from "../detector.ts";

interface Employment extends Readonly<Record<string, number | string | null>> {
  /** Epoch milliseconds; null: at work. */
  readonly terminatedAt: number | null;
  /** Newest successful access, epoch milliseconds, and its event id; null: none yet. */
  readonly lastAt: number | null;
  readonly lastEventId: string | null;
}

const isAtWork = ({ outcome, action }: AccessEvent): boolean =>
  outcome === "success" && action !== "logout";

const hourMs = 3_600_000;

function ago(elapsedMs: number): string {
  const hours = Math.floor(elapsedMs / hourMs);
  if (hours < 1) return "less than an hour";
  if (hours < 2) return "1 hour";
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}

const initial: Employment = { terminatedAt: null, lastAt: null, lastEventId: null };

function finding(at: number, id: string, terminatedAt: number): PolicyFinding {
  return {
    at: epochMs(at),
    eventId: eventId(id),
    observed: 1,
    unit: "accesses after the agent had left",
    summary: `The roster says that the agent had left ${ago(at - terminatedAt)} before; the account was used all the same.`,
  };
}

export const terminated = defineDetector({
  meta: {
    id: "terminated",
    version: 1,
    title: "Terminated agent active",
    description: "An account whose agent has left the organisation still works in the console.",
    severity: "high",
    attack: ["T1078"],
    falsePositives: ["The roster was wrong or late: the agent was hired again or never left."],
    blindSpots: [
      "Leavers whom the roster does not report, and contractors outside of it.",
      "Of the accesses between the leaving and the arrival of a late roster event only the newest is cited.",
    ],
    aggravating:
      "Subjects exposed, and above all secrets or exports, after the leaving make it worse.",
    legitimate: "A roster error or a re-hire that was not yet reported would make it legitimate.",
    runbook: [
      "Check the roster's terminated event of agent.id and whether a hired event is missing after it.",
      "Disable the account, then read all its events since the leaving with session.ip and session.device_id.",
    ],
    references: ["ATT&CK T1078, Valid Accounts"],
    stateBytesMax: 256,
  },
  params: z.object({
    grace_ms: z
      .int()
      .min(0)
      .max(86_400_000)
      .default(300_000)
      .describe("How long after the leaving an access is still taken as wrap-up, milliseconds."),
  }),
  policy: {
    state: z.object({
      terminatedAt: z.number().nullable(),
      lastAt: z.number().nullable(),
      lastEventId: z.string().nullable(),
    }),
    initial,
    step: (state, event, { params: { grace_ms: graceMs } }) => {
      if (event.kind === "agent") return readRoster(state, event, graceMs);
      if (event.kind === "access" && isAtWork(event)) return readWork(state, event, graceMs);
      return { state, findings: [] };
    },
  },
});

interface Verdict {
  readonly state: Employment;
  readonly findings: readonly PolicyFinding[];
}

function readRoster(state: Employment, { type, at }: AgentEvent, graceMs: number): Verdict {
  const { terminatedAt, lastAt, lastEventId } = state;
  if (type === "hired" && (terminatedAt === null || at >= terminatedAt)) {
    return { state: { ...state, terminatedAt: null }, findings: [] };
  }
  if (type !== "terminated") return { state, findings: [] };
  const wasActive = lastAt !== null && lastEventId !== null && lastAt > at + graceMs;
  return {
    state: { ...state, terminatedAt: at },
    findings: wasActive ? [finding(lastAt, lastEventId, at)] : [],
  };
}

function readWork(state: Employment, { at, eventId: id }: AccessEvent, graceMs: number): Verdict {
  const { terminatedAt, lastAt } = state;
  const isNewest = lastAt === null || at >= lastAt;
  const isAfter = terminatedAt !== null && at > terminatedAt + graceMs;
  return {
    state: isNewest ? { ...state, lastAt: at, lastEventId: id } : state,
    findings: isAfter ? [finding(at, id, terminatedAt)] : [],
  };
}
