/** Keeps what other processes have stored of partitions that are ours now among the known event ids. */
import type { AuditStore } from "../pipeline/audit-store.ts";

export interface ForeignRecords {
  /** Partitions came to us; what their former owners stored is not known yet. */
  readonly suspect: () => void;
  /** Makes it known, once per time it was suspected. Rejects with `clickhouse.*`, and is then asked for again. */
  readonly learn: () => Promise<void>;
}

export function createForeignRecords(auditStore: Pick<AuditStore, "warm">): ForeignRecords {
  let isSuspect = false;
  return {
    suspect: () => {
      isSuspect = true;
    },
    learn: async () => {
      if (!isSuspect) return;
      // Before the wait: partitions that come during it are looked up in another round.
      isSuspect = false;
      try {
        await auditStore.warm();
      } catch (error) {
        isSuspect = true;
        throw error;
      }
    },
  };
}
