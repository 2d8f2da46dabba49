/**
 * The notary takes the links of all chains into one log, in one order, and signs its head. One notary writes at a
 * time: whoever holds the lease. A former holder that wakes up late is refused by the deadline of its inserts, and
 * the next holder waits that long before its first.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "../clickhouse/client.ts";
import type { StoredLink } from "../clickhouse/ledger-chains.ts";
import { linkCount, linksToLog, newestCheckpoint } from "../clickhouse/ledger-log.ts";
import { formatCheckpoint, type TrustedLog } from "../ledger/checkpoint.ts";
import { numberLine } from "../ledger/checkpoint-number.ts";
import { recordHash } from "../ledger/ledger-record.ts";
import type { LinkMac } from "../ledger/link-mac.ts";
import { append, rootOfFrontier } from "../ledger/merkle-frontier.ts";
import type { NoteSigner } from "../ledger/note-key.ts";
import { signNote } from "../ledger/signed-note.ts";
import { type Clock, clockSkewMsMax } from "../runtime/clock.ts";
import { errorFields, type Log } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";
import type { Held, Lease } from "./lease.ts";
import { frontierText, type LogState, lateSince, readLogState, withYoung } from "./log-state.ts";

export interface SignedHead {
  readonly size: number;
  /** A signed note (c2sp.org/tlog-checkpoint). */
  readonly note: string;
}

export interface NotaryDeps {
  readonly store: Pick<Store, "reader" | "asideWriter">;
  readonly signer: NoteSigner;
  /** Whose heads are gone on from: the signer's own and those of its former keys. */
  readonly trusted: TrustedLog;
  readonly mac: Pick<LinkMac, "isAuthentic">;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Told of every new head, after it is stored, and of the newest after a start. Must not throw. */
  readonly onHead?: (head: SignedHead) => void;
  /** Asked now and then, before a round: what was left without a link gets one. */
  readonly coverOrphans?: () => Promise<void>;
}

export interface Notary {
  /** Takes in what is new, signs, and says how many links it took. Throws `BrokenLogError`, `clickhouse.*`. */
  readonly round: () => Promise<number>;
  readonly start: () => void;
  /** Ends after the round under way and a last one. */
  readonly stop: () => Promise<void>;
}

/** Links taken in at one go. */
const linksPerRound = 10_000;
/**
 * Two inserts at any rate of events: done more often, they are most of what the ledger costs a quiet desk and half of
 * what it costs a busy one.
 */
export const roundEveryMs = 2_000;
const orphansEveryMs = 30_000;
/** The store refuses what arrives later. */
const writeMsMax = 15_000;

export function createNotary(deps: NotaryDeps): Notary {
  const { lease, clock, metrics } = deps;
  let state: LogState | undefined;
  let notBefore = epochMs(0);
  let holding: Held | undefined;
  const takeLease = (): Held | undefined => {
    const held = lease.held();
    if (held?.since !== holding?.since) {
      state = undefined;
      notBefore = epochMs((held?.since ?? 0) + lease.handOverMs);
    }
    holding = held;
    return clock.now() >= notBefore ? held : undefined;
  };
  const orphans = every(orphansEveryMs, clock, deps.coverOrphans);
  const round = async (): Promise<number> => {
    const held = takeLease();
    if (held === undefined) return 0;
    let deadline = epochMs(0);
    try {
      state ??= await opened(deps);
      await orphans();
      state = await withYoung(deps.store.reader, state);
      const links = await newLinks(deps, state);
      // Asked again right before writing: reading may have taken longer than the lease.
      const still = lease.held();
      if (still?.since !== held.since) return 0;
      deadline = epochMs(Math.min(clock.now() + writeMsMax, still.until));
      state = await takeIn(deps, { state, links, deadline });
      return links.length;
    } catch (error) {
      state = undefined;
      // What was tried may land until its deadline; only then does reading tell what there is.
      notBefore = epochMs(deadline === 0 ? 0 : deadline + clockSkewMsMax + 1);
      throw error;
    }
  };
  const loop = createLoop(deps, round);
  metrics.gauge("deskwatch_ledger_notary", {}, 0);
  return { round, ...loop };
}

/** The log as it stands; the witnesses get its newest head, which they may have missed. */
async function opened({ store, trusted, onHead }: NotaryDeps): Promise<LogState> {
  const state = await readLogState(store.reader, trusted);
  const [newest] = await newestCheckpoint(store.reader, {});
  if (newest !== undefined) onHead?.({ size: newest.size, note: newest.note });
  return state;
}

/** `work` at the first call and then at most once in `ms`. */
function every(ms: number, clock: Clock, work: () => Promise<void> = () => Promise.resolve()) {
  let due = 0;
  return async (): Promise<void> => {
    if (clock.now() < due) return;
    due = clock.now() + ms;
    await work();
  };
}

function createLoop({ log, metrics, lease }: NotaryDeps, round: () => Promise<number>) {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  const tried = async (): Promise<number> => {
    try {
      const taken = await round();
      metrics.gauge("deskwatch_ledger_notary", {}, lease.held() === undefined ? 0 : 1);
      return taken;
    } catch (error) {
      metrics.count("deskwatch_ledger_notary_errors_total", {}, 1);
      log.error(errorFields(error), "ledger not signed");
      return 0;
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const taken = await tried();
      if (taken < linksPerRound) {
        await sleep(roundEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
    await tried();
  };
  return {
    start: (): void => {
      running ??= run();
    },
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
    },
  };
}

/** Authentic links that the log does not have, each number of a chain once. */
async function newLinks(
  { store, mac, metrics, log }: NotaryDeps,
  state: LogState,
): Promise<readonly StoredLink[]> {
  const { tree, young } = state;
  const limit = linksPerRound;
  const recent = await linksToLog(store.reader, {
    since: lateSince(state),
    from: young.from,
    limit,
  });
  const [all = { link_count: 0 }] = recent.length > 0 ? [] : await linkCount(store.reader, {});
  // A clock that ran ahead for a while leaves links behind that look older than they are.
  const found =
    all.link_count > tree.size
      ? await linksToLog(store.reader, { since: 0, from: 0, limit })
      : recent;
  const authentic = found.filter((link) => mac.isAuthentic(link, link.mac));
  const forged = found.length - authentic.length;
  metrics.gauge("deskwatch_ledger_forged_links", {}, forged);
  if (forged > 0) log.error({ forged }, "links that no holder of the key has written");
  const byNumber = new Map(
    authentic.map((link) => [`${link.sequence}@${link.partition}@${link.source}`, link]),
  );
  return [...byNumber.values()];
}

interface Intake {
  readonly state: LogState;
  readonly links: readonly StoredLink[];
  readonly deadline: EpochMs;
}

/**
 * Entries first, the signed head after them: a head never covers what is not stored. Without tokens: each is
 * tried once, and after an error what is stored is read before anything else is written.
 */
async function takeIn(deps: NotaryDeps, { state, links, deadline }: Intake): Promise<LogState> {
  let { tree } = state;
  const lines = links.map((link) => {
    const hash = recordHash(link);
    const { source, partition, sequence, recordedAt } = link;
    const index = tree.size;
    tree = append(tree, Buffer.from(hash, "hex"));
    return JSON.stringify([index, source, partition, sequence, hash, recordedAt, deadline]);
  });
  await deps.store.asideWriter.insert({
    table: "ledger_entries",
    columns: entryColumns,
    lines: lines.join("\n"),
  });
  const newestAt = links.reduce(
    (newest, link) => Math.max(newest, link.recordedAt),
    state.newestAt,
  );
  if (tree.size === state.signed) return { ...state, tree, newestAt };
  await sign(deps, { ...state, tree }, deadline);
  return { ...state, tree, newestAt, signed: tree.size, nextNumber: state.nextNumber + 1 };
}

const entryColumns = [
  "log_index",
  "source",
  "partition",
  "sequence",
  "leaf_hash",
  "recorded_at",
  "deadline",
];

async function sign(
  { store, signer, clock, metrics, onHead }: NotaryDeps,
  { tree, nextNumber }: LogState,
  deadline: EpochMs,
): Promise<void> {
  const root = rootOfFrontier(tree);
  const { size } = tree;
  const checkpoint = {
    origin: signer.verifierKey.name,
    size,
    root,
    extensions: [numberLine(nextNumber)],
  };
  const note = signNote(formatCheckpoint(checkpoint), signer);
  const signedAt = clock.now();
  await store.asideWriter.insert({
    table: "checkpoints",
    columns: ["tree_size", "root", "note", "frontier", "signed_at", "deadline"],
    lines: JSON.stringify([
      size,
      root.toString("hex"),
      note,
      frontierText(tree),
      signedAt,
      deadline,
    ]),
  });
  metrics.gauge("deskwatch_ledger_entries", {}, size);
  metrics.gauge("deskwatch_ledger_signed_timestamp_seconds", {}, signedAt / 1000);
  onHead?.({ size, note });
}
