/**
 * Who wrote a link: only holders of the master key can. Whoever may write to the database alone cannot make rows
 * and a link for them that the notary would take into the log.
 */
import type { KeyRing } from "../pipeline/key.ts";
import { type LedgerRecord, recordText } from "./ledger-record.ts";
import { createTextMac } from "./text-mac.ts";

export interface LinkMac {
  /** `<master key version>:<64 hex digits>`. */
  readonly macOf: (record: LedgerRecord) => string;
  readonly isAuthentic: (record: LedgerRecord, mac: string) => boolean;
}

/** `keys`: the current master key first, older ones after it. */
export function createLinkMac(keys: KeyRing): LinkMac {
  const { macOf, isAuthentic } = createTextMac(keys, "ledger links");
  return {
    macOf: (record) => macOf(recordText(record)),
    isAuthentic: (record, mac) => isAuthentic(recordText(record), mac),
  };
}
