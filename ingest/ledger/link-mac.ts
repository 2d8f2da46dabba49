/**
 * Who wrote a link: only holders of the master key can. Whoever may write to the database alone cannot make rows
 * and a link for them that the notary would take into the log.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { deriveKey, type KeyRing } from "../pipeline/key.ts";
import { type LedgerRecord, recordText } from "./ledger-record.ts";

export interface LinkMac {
  /** `<master key version>:<64 hex digits>`. */
  readonly macOf: (record: LedgerRecord) => string;
  readonly isAuthentic: (record: LedgerRecord, mac: string) => boolean;
}

/** `keys`: the current master key first, older ones after it. */
export function createLinkMac(keys: KeyRing): LinkMac {
  const [current] = keys;
  const derived = new Map(
    keys.map(({ version, bytes }) => [version, deriveKey(bytes, "ledger links")]),
  );
  const macBy = (record: LedgerRecord, version: number): string | undefined => {
    const key = derived.get(version);
    if (key === undefined) return undefined;
    return `${version}:${createHmac("sha256", key).update(recordText(record)).digest("hex")}`;
  };
  return {
    macOf: (record) => macBy(record, current.version) ?? "",
    isAuthentic: (record, mac) => {
      const expected = macBy(record, Number(mac.slice(0, mac.indexOf(":"))));
      if (expected?.length !== mac.length) return false;
      return timingSafeEqual(Buffer.from(expected), Buffer.from(mac));
    },
  };
}
