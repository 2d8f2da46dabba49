/** Where a rule of production can be altered, one at a time, to see that the simulation misses it. */
import type { Writer } from "../../../../../ingest/clickhouse/client.ts";
import type { Reader } from "../../../../../ingest/clickhouse/define-query.ts";
import type { Membership } from "../../../../../ingest/kafka/membership.ts";
import type { Committed } from "../../../../../ingest/kafka/range-state.ts";
import type { RangeWrite } from "../../../../../ingest/kafka/range-writer.ts";
import type { AuditStore } from "../../../../../ingest/pipeline/audit-store.ts";
import type { Violation } from "./invariants.ts";

export interface Mutation {
  readonly membership?: (membership: Membership) => Membership;
  /** What is believed of an answer of the coordinator. */
  readonly committed?: (committed: Committed) => Committed;
  /** What is believed of where the log begins. */
  readonly low?: (low: number) => number;
  readonly write?: (write: RangeWrite) => RangeWrite;
  readonly auditStore?: (store: AuditStore) => AuditStore;
  readonly writer?: (writer: Writer) => Writer;
  readonly reader?: (reader: Reader) => Reader;
  /** What is believed of where the chain in the store ends. */
  readonly linkedEnd?: (end: number) => number;
  /** Ids that others stored are learned after every assignment; unless a mutation says no. */
  readonly learnsOnlyAtStart?: boolean;
}

export interface Mutant {
  readonly name: string;
  readonly mutation: Mutation;
  /** The invariants by which it may be found out. */
  readonly breaks: readonly Violation["name"][];
}
