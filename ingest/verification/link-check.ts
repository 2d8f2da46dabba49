/**
 * Whether one chain of the ledger holds together and is what the log says of it. Pure: fed with its links and
 * entries in order of their numbers.
 */
import type { StoredLink } from "../clickhouse/ledger-chains.ts";
import { emptyChain, recordHash } from "../ledger/ledger-record.ts";
import type { LinkMac } from "../ledger/link-mac.ts";
import type { Discrepancy } from "./discrepancy.ts";

export interface Entry {
  readonly logIndex: number;
  readonly sequence: number;
  /** Hex. */
  readonly leafHash: string;
}

/** All that is stored under one number of a chain. */
export interface LinkPlace {
  readonly sequence: number;
  readonly links: readonly StoredLink[];
  readonly entries: readonly Entry[];
}

export interface LinkState {
  /** Hash that the next link must name; `undefined`: the former link is not known. */
  readonly previous: string | undefined;
  /** Offset at which the next link may begin at the earliest. */
  readonly end: number;
  /** Links without an entry since the newest that has one. */
  readonly unlogged: readonly number[];
}

export const firstState: LinkState = { previous: emptyChain.hash, end: 0, unlogged: [] };

export interface LinkVerdict {
  readonly state: LinkState;
  /** The link whose rows are worth a look; `undefined`: it does not say which they are. */
  readonly sound: StoredLink | undefined;
  readonly found: readonly Found[];
}

/** `mac`: absent where the key is not at hand; forged links then show by the log alone. */
export function checkLink(
  state: LinkState,
  place: LinkPlace,
  mac: Pick<LinkMac, "isAuthentic"> | undefined,
): LinkVerdict {
  const { sequence, links, entries } = place;
  const [entry] = entries;
  const found = doublesOf(place);
  // Of several the one that the log knows.
  const link = links.find((other) => recordHash(other) === entry?.leafHash) ?? links[0];
  if (link === undefined) {
    found.push({ kind: "link_missing", table: "ledger", ...at(sequence), detail: "no such link" });
    const next = { previous: entry?.leafHash, end: state.end, unlogged: state.unlogged };
    return { state: next, sound: undefined, found };
  }
  const fault = faultOf(link, { state, entry, mac });
  if (fault !== undefined) found.push({ ...fault, table: "ledger", ...at(sequence) });
  const sound = fault === undefined ? link : undefined;
  const previous = entry?.leafHash ?? recordHash(link);
  const next = { previous, end: link.end, unlogged: [...state.unlogged, sequence] };
  if (entry === undefined) return { state: next, sound, found };
  return {
    state: { ...next, unlogged: [] },
    sound,
    found: [...found, ...state.unlogged.map(unloggedBefore)],
  };
}

type Found = Omit<Discrepancy, "source" | "partition">;

const at = (sequence: number) => ({ from: sequence, to: sequence + 1 });

const unloggedBefore = (sequence: number): Found => ({
  kind: "entry_missing",
  table: "ledger_entries",
  ...at(sequence),
  detail: "a later link of the chain is in the log and this one is not",
});

function doublesOf({ sequence, links, entries }: LinkPlace): Found[] {
  const found: Found[] = [];
  if (links.length > 1) {
    const detail = "more than one link of this number";
    found.push({ kind: "link_unexpected", table: "ledger", ...at(sequence), detail });
  }
  if (entries.length > 1) {
    const detail = "more than one entry of this link";
    found.push({ kind: "entry_unexpected", table: "ledger_entries", ...at(sequence), detail });
  }
  return found;
}

interface Surroundings {
  readonly state: LinkState;
  readonly entry: Entry | undefined;
  readonly mac: Pick<LinkMac, "isAuthentic"> | undefined;
}

function faultOf(link: StoredLink, { state, entry, mac }: Surroundings) {
  if (entry !== undefined && entry.leafHash !== recordHash(link)) {
    return { kind: "link_altered", detail: "the link and its entry in the log differ" } as const;
  }
  if (mac !== undefined && !mac.isAuthentic(link, link.mac)) {
    return { kind: "link_forged", detail: "no holder of the key has written the link" } as const;
  }
  if (state.previous !== undefined && state.previous !== link.previous) {
    return { kind: "link_altered", detail: "it does not name the link before it" } as const;
  }
  const isInOrder = link.start >= state.end && link.end > link.start;
  if (isInOrder) return undefined;
  return { kind: "link_altered", detail: "its offsets do not follow on the link before" } as const;
}
