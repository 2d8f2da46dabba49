/**
 * Whether the keys of sealed identifiers are there and open them, and whether those that are gone were erased by the
 * service. No leaf has a key in it, so nothing else tells.
 */
import type { Reader } from "../clickhouse/define-query.ts";
import { firstToken, keysLeft } from "../clickhouse/sealed-keys.ts";
import { erasuresAmong } from "../clickhouse/stored-erasures.ts";
import type { StoredIdentity, StoredRecord, Wrapping } from "../clickhouse/stored-records.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import type { Sealer } from "../pipeline/seal.ts";
import { openedId } from "../subjects/reveal.ts";
import { type Discrepancy, discrepanciesMax } from "./discrepancy.ts";
import type { ChainPlace } from "./log-rows.ts";

/** Both of the master key; absent where it is not at hand: keys are then only looked for, not tried. */
export interface KeyTrust {
  readonly sealer?: Pick<Sealer, "openIdentity"> | undefined;
  readonly statementMac?: Pick<StatementMac, "isAuthentic"> | undefined;
}

export interface KeyCheck {
  /** Of one offset; some 7 µs for each identifier in it. */
  readonly meet: (offset: number, record: StoredRecord | undefined) => void;
  /** What was wrong of those met since the last call. Asks for erasures last: each was put down before its key went. */
  readonly faults: () => Promise<readonly Discrepancy[]>;
}

interface KeyCheckDeps {
  readonly reader: Reader;
  readonly trust: KeyTrust;
}

/** Of one chain. */
export function createKeyCheck(
  { reader, trust: { sealer, statementMac: mac } }: KeyCheckDeps,
  { source, partition }: ChainPlace,
): KeyCheck {
  let found: Discrepancy[] = [];
  let gone: { readonly token: string; readonly offset: number }[] = [];
  const at = (offset: number) => ({
    table: "identities",
    source,
    partition,
    from: offset,
    to: offset + 1,
  });
  return {
    meet: (offset, record) => {
      for (const identity of record?.identities ?? []) {
        const { token, wrappings } = identity;
        if (wrappings.some(({ wrappedKey }) => wrappedKey === "")) gone.push({ token, offset });
        const opens = (wrapping: Wrapping) =>
          wrapping.wrappedKey === "" || sealer === undefined || isKeyOf(sealer, identity, wrapping);
        if (!wrappings.every(opens)) {
          const detail =
            "the key does not open the identifier; or the master key of its version is not given";
          found.push({ kind: "key_altered", ...at(offset), detail });
        }
      }
    },
    faults: async () => {
      const erased = await erasuresAmong({ reader, mac }, [
        ...new Set(gone.map(({ token }) => token)),
      ]);
      const detail = "the key is gone, and no erasure of the service says so";
      const missing = gone
        .filter(({ token }) => !erased.has(token))
        .map(({ offset }): Discrepancy => ({ kind: "key_missing", ...at(offset), detail }));
      const faults = [...found, ...missing];
      found = [];
      gone = [];
      return faults;
    },
  };
}

/** Bytes that decode to the same are another text, which the service did not write. */
function isKeyOf(
  sealer: Pick<Sealer, "openIdentity">,
  { token, sealedId }: StoredIdentity,
  { wrappedKey, masterKeyVersion }: Wrapping,
): boolean {
  const isPlain = [wrappedKey, sealedId].every(
    (text) => Buffer.from(text, "base64").toString("base64") === text,
  );
  return (
    isPlain && openedId(sealer, { token, sealedId, wrappedKey, masterKeyVersion }) !== undefined
  );
}

/** Keys that are there at this moment although their subjects were erased, `discrepanciesMax` at most. */
export async function keysUnerased(
  reader: Reader,
  mac: KeyTrust["statementMac"],
): Promise<readonly Discrepancy[]> {
  const rows = await keysLeft(reader, { after: firstToken, limit: discrepanciesMax });
  const erased = await erasuresAmong({ reader, mac }, [...new Set(rows.map(({ token }) => token))]);
  return rows
    .filter(({ token }) => erased.has(token))
    .map(({ chain: source, partition, offset }) => ({
      kind: "key_unexpected",
      table: "identities",
      source,
      partition,
      from: offset,
      to: offset + 1,
      detail: "the subject was erased and its key is there; erase it again",
    }));
}
