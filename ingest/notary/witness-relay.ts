/**
 * Hands every signed head to the witnesses. One that is slow or away holds up nobody: it gets the newest head
 * when it answers again.
 */
import type { Reader } from "../clickhouse/define-query.ts";
import type { HoldResult, Witness } from "../ledger/witnesses/witness.ts";
import { errorFields, type Log } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import { growthFrom } from "./growth.ts";
import type { SignedHead } from "./notary.ts";

export interface WitnessRelay {
  /** Returns at once. */
  readonly offer: (head: SignedHead) => void;
  /** Resolves when no offer is under way or waiting, or after `closeMsMax`. */
  readonly stop: () => Promise<void>;
}

interface RelayDeps {
  readonly witnesses: readonly Witness[];
  readonly reader: Reader;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Longest wait for the witnesses at a stop; what they did not get comes with the next start. Milliseconds. */
const closeMsMax = 3_000;
/** Offers of one head to one witness: the second one starts from the size that it says it holds. */
const offersMax = 2;

export function createWitnessRelay(deps: RelayDeps): WitnessRelay {
  const lanes = deps.witnesses.map((witness) => createLane(deps, witness));
  return {
    offer: (head) => {
      for (const lane of lanes) lane.offer(head);
    },
    stop: async () => {
      let timer: NodeJS.Timeout | undefined;
      const bound = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closeMsMax);
      });
      await Promise.race([Promise.all(lanes.map((lane) => lane.idle())), bound]);
      clearTimeout(timer);
    },
  };
}

function createLane(deps: RelayDeps, witness: Witness) {
  let waiting: SignedHead | undefined;
  let running: Promise<void> | undefined;
  let held: number | undefined;
  const work = async (): Promise<void> => {
    for (let head = waiting; head !== undefined; head = waiting) {
      waiting = undefined;
      held = await handOver(deps, witness, { head, held });
    }
    running = undefined;
  };
  return {
    offer: (head: SignedHead): void => {
      waiting = head;
      running ??= work();
    },
    idle: async (): Promise<void> => running,
  };
}

interface Handing {
  readonly head: SignedHead;
  /** Size that the witness is thought to hold; `undefined`: not asked yet. */
  readonly held: number | undefined;
}

/** The size that the witness holds afterwards, as far as it is known. Never throws. */
async function handOver(
  deps: RelayDeps,
  witness: Witness,
  { head, held }: Handing,
): Promise<number | undefined> {
  try {
    let oldSize = held ?? (await heldBy(witness));
    for (let attempt = 0; attempt < offersMax; attempt += 1) {
      const growth = await growthFrom(deps.reader, oldSize, head.size);
      const result = await witness.hold(head.note, growth);
      tell(deps, witness, { head, result });
      if (result.kind === "held") return head.size;
      const isBehind = result.kind === "conflict" && (result.size ?? oldSize) < head.size;
      if (!isBehind || result.size === undefined || result.size === oldSize) return undefined;
      oldSize = result.size;
    }
  } catch (error) {
    deps.log.error({ witness: witness.name, ...errorFields(error) }, "head not handed to witness");
  }
  return undefined;
}

async function heldBy(witness: Witness): Promise<number> {
  const latest = await witness.latest();
  if (latest.kind === "checkpoint") return latest.checkpoint.size;
  return latest.kind === "size" ? latest.size : 0;
}

function tell(
  { log, metrics }: RelayDeps,
  { name }: Witness,
  { head, result }: { readonly head: SignedHead; readonly result: HoldResult },
): void {
  if (result.kind === "held") {
    metrics.gauge("deskwatch_ledger_witnessed_entries", { witness: name }, head.size);
    return;
  }
  const reason = result.kind === "conflict" ? "conflict" : result.reason;
  metrics.count("deskwatch_ledger_witness_refusals_total", { witness: name, reason }, 1);
  const cause = result.kind === "unreachable" ? errorFields(result.cause) : {};
  log.warn(
    { witness: name, result: result.kind, reason, size: head.size, ...cause },
    "head not held",
  );
}
