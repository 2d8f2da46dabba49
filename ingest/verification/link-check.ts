/**
 * Whether one chain of the ledger holds together and is what the log says of it. Pure: fed with its links and
 * entries in order of their numbers.
 */
import type { StoredLink } from "../clickhouse/ledger-chains.ts";
import { emptyChain, recordHash } from "../ledger/ledger-record.ts";
import type { LinkMac } from "../ledger/link-mac.ts";
import type { Discrepancy } from "./discrepancy.ts";
import type { Entry } from "./log-rows.ts";
import type { Span } from "./span.ts";

/** All that is stored under one number of a chain: at least one link or entry. */
export interface LinkPlace {
  readonly sequence: number;
  readonly links: readonly StoredLink[];
  readonly entries: readonly Entry[];
}

/** Whom to believe where a link and its entry differ. */
export interface LinkTrust {
  /** Absent where the key is not at hand; forged links then show by the log alone. */
  readonly mac: Pick<LinkMac, "isAuthentic"> | undefined;
  /** Entries before this place of the log give a root that was signed. */
  readonly provenEntries: number;
}

export interface LinkState {
  /** Number of the next link. */
  readonly next: number;
  /** Hash that the next link must name; `undefined`: the former link is not known. */
  readonly previous: string | undefined;
  /** Offset at which the next link may begin at the earliest. */
  readonly end: number;
  /** Whether the chain is known to end there; else what lies behind belongs to a link that does not tell. */
  readonly isEndKnown: boolean;
}

export const firstState: LinkState = {
  next: 0,
  previous: emptyChain.hash,
  end: 0,
  isEndKnown: true,
};

export interface LinkVerdict {
  readonly state: LinkState;
  /** The link whose rows are worth a look; `undefined`: it does not say which they are. */
  readonly sound: StoredLink | undefined;
  /** Offsets under it, with those before it that belong to links that do not tell. */
  readonly covered: Span | undefined;
  /** Whether a link that may well be one is not in the log. */
  readonly isUnlogged: boolean;
  readonly found: readonly Found[];
}

/** Far beyond what a writer commits to at one time; what claims more would be read for ever. */
const offsetsPerLinkMax = 10_000_000;

type Found = Omit<Discrepancy, "source" | "partition">;

export function checkLink(from: LinkState, place: LinkPlace, trust: LinkTrust): LinkVerdict {
  const { sequence } = place;
  const entry = entryOf(place);
  const link = linkOf(place, entry, trust);
  if (isStray(link, entry, trust) && sequence !== from.next) {
    // It is no part of the chain, wherever it claims to stand.
    const forged = at(sequence, { ...forgedLink, table: "ledger" });
    return { state: from, ...unsound, isUnlogged: false, found: [forged] };
  }
  if (link === undefined) {
    const to = sequence + 1;
    const state = { ...from, next: to, previous: entry?.leafHash, isEndKnown: false };
    const found = [...missing({ from: from.next, to }), ...doublesOf(place)];
    return { state, ...unsound, isUnlogged: false, found };
  }
  return checkKnown(from, place, { link, entry, trust });
}

interface Known {
  readonly link: StoredLink;
  readonly entry: Entry | undefined;
  readonly trust: LinkTrust;
}

function checkKnown(from: LinkState, place: LinkPlace, { link, entry, trust }: Known): LinkVerdict {
  const { sequence } = place;
  const found = [...missing({ from: from.next, to: sequence }), ...doublesOf(place)];
  const state = sequence > from.next ? { ...from, previous: undefined } : from;
  const next = { ...state, next: sequence + 1, isEndKnown: false };
  const fault = faultOf(link, { state, entry, trust });
  if (fault !== undefined) found.push(at(sequence, fault));
  const isForged = fault?.kind === "link_forged";
  const isUnlogged = entry === undefined && !isForged;
  if (fault?.table === "ledger") {
    const previous = isForged ? undefined : entry?.leafHash;
    return { state: { ...next, previous }, ...unsound, isUnlogged, found };
  }
  const isGapKnown = from.isEndKnown && from.next === sequence;
  const covered = { from: isGapKnown ? link.start : from.end, to: link.end };
  const after = { ...next, previous: recordHash(link), end: link.end, isEndKnown: true };
  return { state: after, sound: link, covered, isUnlogged, found };
}

const unsound = { sound: undefined, covered: undefined } as const;

const at = (sequence: number, found: Omit<Found, "from" | "to">): Found => ({
  ...found,
  from: sequence,
  to: sequence + 1,
});

const missing = (span: Span): readonly Found[] =>
  span.from < span.to
    ? [{ kind: "link_missing", table: "ledger", ...span, detail: "no such links" }]
    : [];

/** Of several entries the one that a link bears out. */
function entryOf({ links, entries }: LinkPlace): Entry | undefined {
  if (entries.length < 2) return entries[0];
  const hashes = new Set(links.map(recordHash));
  return entries.find(({ leafHash }) => hashes.has(leafHash)) ?? entries[0];
}

/** Of several links the one that the log knows, else one that a holder of the key has written. */
function linkOf(
  { links }: LinkPlace,
  entry: Entry | undefined,
  { mac }: LinkTrust,
): StoredLink | undefined {
  if (links.length < 2) return links[0];
  const logged = links.filter((link) => recordHash(link) === entry?.leafHash);
  const among = logged.length > 0 ? logged : links;
  return among.find((link) => mac?.isAuthentic(link, link.mac) === true) ?? among[0];
}

const isStray = (
  link: StoredLink | undefined,
  entry: Entry | undefined,
  { mac }: LinkTrust,
): boolean =>
  link !== undefined && entry === undefined && mac?.isAuthentic(link, link.mac) === false;

function doublesOf({ sequence, links, entries }: LinkPlace): Found[] {
  const found: Found[] = [];
  if (links.length > 1) {
    const detail = "more than one link of this number";
    found.push(at(sequence, { kind: "link_unexpected", table: "ledger", detail }));
  }
  if (entries.length > 1) {
    const detail = "more than one entry of this link";
    found.push(at(sequence, { kind: "entry_unexpected", table: "ledger_entries", detail }));
  }
  return found;
}

interface Surroundings {
  readonly state: LinkState;
  readonly entry: Entry | undefined;
  readonly trust: LinkTrust;
}

type Fault = Omit<Found, "from" | "to">;

const forgedLink = {
  kind: "link_forged",
  detail: "no holder of the key has written the link",
} as const;

function faultOf(link: StoredLink, around: Surroundings): Fault | undefined {
  const { entry, trust } = around;
  const isAuthentic = trust.mac?.isAuthentic(link, link.mac);
  if (entry !== undefined && entry.leafHash !== recordHash(link)) {
    const detail = "the link and its entry in the log differ";
    const isEntryAltered = isAuthentic === true && entry.logIndex >= trust.provenEntries;
    return isEntryAltered
      ? { kind: "entry_altered", table: "ledger_entries", detail }
      : { kind: "link_altered", table: "ledger", detail };
  }
  if (isAuthentic === false) return { ...forgedLink, table: "ledger" };
  return orderFault(link, around);
}

function orderFault(link: StoredLink, { state, entry }: Surroundings): Fault | undefined {
  const altered = { kind: "link_altered", table: "ledger" } as const;
  if (state.previous !== undefined && state.previous !== link.previous) {
    return { ...altered, detail: "it does not name the link before it" };
  }
  const offsets = link.end - link.start;
  if (link.start < state.end || offsets <= 0 || offsets > offsetsPerLinkMax) {
    return { ...altered, detail: "its offsets do not follow on the link before" };
  }
  if (entry === undefined || entry.recordedAt === link.recordedAt) return undefined;
  const detail = "the entry and its link were recorded at different times";
  return { kind: "entry_altered", table: "ledger_entries", detail };
}
