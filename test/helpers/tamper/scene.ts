/** Stores with something of everything, signed, to be tampered with. */
import type { Store } from "../../../ingest/clickhouse/client.ts";
import type { AuditStore, RangeContent } from "../../../ingest/pipeline/audit-store.ts";
import { auditStoreOf, rangeOf, recordsOf, soon } from "../audit-store.ts";
import { notaryOf, statementsOf } from "../ledger.ts";

const hour = 3_600_000;
/** The last hours of a month: every range writes into two. */
const from = Date.UTC(2026, 0, 31, 20);

/** Records of one range: of each kind, several subjects, no two at one time. */
export function recordValues(name: string): readonly unknown[] {
  const event = (at: number, more: object) => ({
    event_id: `${name}-${at}`,
    time: new Date(from + at * hour).toISOString(),
    ...more,
  });
  const agent = { id: `agent-${name}`, team: "billing", role: "agent" };
  const session = { id: `session-${name}`, ip: "192.0.2.7", asn: 64_500 };
  const phone = { type: "phone", id: `+1 555 ${digits(name)}`, tenant: "t1" };
  const email = { type: "email", id: `${name}@example.com` };
  const account = { type: "account", id: `acc-${name}`, tenant: "t2" };
  const access = { kind: "access", agent, session };
  const viewed = { ...access, action: "view", subjects: [phone, email, phone] };
  const first = event(0, viewed);
  return [
    first,
    event(1, { ...access, action: "search", search: { kind: "exact" }, outcome: "not_found" }),
    event(2, { ...viewed, outcome: "denied" }),
    event(3, { kind: "subject", type: "registered", subject: account }),
    event(4, {
      kind: "ticket",
      type: "opened",
      ticket_id: `k-${name}`,
      subjects: [phone, account],
    }),
    event(5, { kind: "agent", type: "hired", agent_id: `agent-${name}`, team: "billing" }),
    first,
    { ...first, action: "list" },
    "not json",
    null,
    event(6, {
      ...access,
      action: "list",
      subjects: [account, email],
      result_count: 2,
      fields: ["phone", "email"],
      justification: { ticket_id: `k-${name}`, source: "ticket", reason: "call" },
    }),
    event(7, { kind: "ticket", type: "closed", ticket_id: `k-${name}`, subjects: [email] }),
  ];
}

/** Four digits, by which no two of the scene's phones are the same. */
function digits(name: string): string {
  const sum = [...name].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) % 8_000, 7);
  return String(sum + 2_000);
}

export interface SceneSize {
  readonly chains: number;
  readonly rangesPerChain: number;
  readonly statementChains: number;
  readonly statementsPerChain: number;
}

/** Offsets between the first range of some chains and their second: the broker had lost them. */
const hole = 20;
/** Offset at which some chains begin. */
const lateStart = 100;

/** Each range of every chain is signed before the next one comes. */
export async function fillScene(store: Store, size: SceneSize): Promise<void> {
  const audit = auditStoreOf(store);
  const notary = notaryOf(store);
  await audit.warm();
  const writers = Array.from({ length: size.statementChains }, () => statementsOf(store));
  for (let step = 0; step < Math.max(size.rangesPerChain, size.statementsPerChain); step += 1) {
    if (step < size.rangesPerChain) await insertRanges(audit, size.chains, step);
    for (const [chain, writer] of step < size.statementsPerChain ? writers.entries() : []) {
      await state(writer, chain, step);
    }
    await notary.round();
  }
}

/** Ranges of all chains, in turn one by one and by the same INSERTs. */
async function insertRanges(audit: AuditStore, chains: number, step: number): Promise<void> {
  const contents: RangeContent[] = [];
  for (let chain = 0; chain < chains; chain += 1) {
    const values = recordValues(`${chain}.${step}`);
    const records = recordsOf(`kafka:scene-${chain}`, startOf(chain, step, values.length), values);
    const outcomes = await audit.decide(records);
    contents.push({ range: rangeOf(records), outcomes, deadline: soon() });
  }
  if (step % 2 === 1) await audit.insertRanges(contents);
  else for (const content of contents) await audit.insertRanges([content]);
}

/** Of a range: some chains begin late, some have a hole. */
function startOf(chain: number, range: number, length: number): number {
  const begin = chain % 3 === 1 ? lateStart : 0;
  const gap = chain % 3 === 2 && range > 0 ? hole : 0;
  return begin + gap + range * length;
}

type StatementWriter = ReturnType<typeof statementsOf>;

async function state(writer: StatementWriter, chain: number, number: number): Promise<void> {
  const at = from + number * hour;
  const name = `${chain}-${number}`;
  const [table, values] = oneStatement(name, at)[(chain + number) % 7] ?? [];
  if (table !== undefined) await writer.append(table, values);
}

const token = "0f0f0f0f-0000-4000-8000-000000000001";

/** Of each kind. */
const oneStatement = (name: string, at: number) =>
  [
    ["alert_actions", [name, 1, "resolved", "benign", "called back", "ann", at]],
    ["api_keys", [name, 1, "reporting", "analyst", "0".repeat(64), at, null, null, "ann"]],
    ["legal_holds", [name, 1, "a1", "", at, null, "case 7", "ann", at, null]],
    [
      "retirements",
      [name, at, "ann", "ticket_events", at, "kafka:none", 0, 4, 9, 3, `${at} ${name}`],
    ],
    ["suppressions", [name, 1, "breadth", "a1", "", "", "", "move", "ann", at, at + hour, null]],
    [
      "reads",
      [name, at, "ann", "viewer", "/v1/events", ["a1"], [], [token], [], "", at, null, "", ""],
    ],
    ["erasures", [token, "case 8", "ann", at]],
  ] as const;
