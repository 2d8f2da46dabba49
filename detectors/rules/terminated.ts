/**
 * terminated: the account of an agent who has left is at work.
 *
 * Policy: after the roster said `terminated` (and until `hired` again) every successful access but a logout
 * is a finding, once the grace period for a last wrap-up and for clock skew is over. A denied one shows that
 * the control works. State: the time of leaving. O(1) time and memory.
 */
import { z } from "zod";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { defineDetector } from "../detector.ts";

interface Employment extends Readonly<Record<string, number | null>> {
  /** Epoch milliseconds; null: at work. */
  readonly terminatedAt: number | null;
}

function isAtWork(event: ConsoleEvent): boolean {
  return event.kind === "access" && event.outcome === "success" && event.action !== "logout";
}

const hourMs = 3_600_000;

function ago(elapsedMs: number): string {
  const hours = Math.floor(elapsedMs / hourMs);
  if (hours < 1) return "less than an hour";
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}

const initial: Employment = { terminatedAt: null };

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
      "Accesses between the leaving and the arrival of a late roster event: only the next one is raised.",
    ],
    aggravating:
      "Subjects exposed, and above all secrets or exports, after the leaving make it worse.",
    legitimate: "A roster error or a re-hire that was not yet reported would make it legitimate.",
    runbook: [
      "Check the roster's terminated event of agent.id and whether a hired event is missing after it.",
      "Disable the account, then read all its events since the leaving with session.ip and session.device_id.",
    ],
    references: ["ATT&CK T1078, Valid Accounts"],
    stateBytesMax: 40,
  },
  params: z.object({
    /** How long after the leaving an access is still taken as wrap-up. Milliseconds. */
    graceMs: z.int().min(0).default(300_000),
  }),
  policy: {
    state: z.object({ terminatedAt: z.number().nullable() }),
    initial,
    step: (state, event, { params }) => {
      if (event.kind === "agent") {
        if (event.type === "terminated") return { state: { terminatedAt: event.at }, findings: [] };
        return { state: event.type === "hired" ? initial : state, findings: [] };
      }
      if (event.kind !== "access" || state.terminatedAt === null) return { state, findings: [] };
      if (!isAtWork(event) || event.at <= state.terminatedAt + params.graceMs) {
        return { state, findings: [] };
      }
      const finding = {
        at: event.at,
        eventId: event.eventId,
        observed: 1,
        unit: "accesses after the agent had left",
        summary: `The roster says that the agent had left ${ago(event.at - state.terminatedAt)} before; the account was used all the same.`,
      };
      return { state, findings: [finding] };
    },
  },
});
