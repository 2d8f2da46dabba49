/** The ownership of one partition as a lease: what only one process of the group may do belongs to its owner. */
import type { Lease } from "../notary/lease.ts";
import { clockSkewMsMax } from "../runtime/clock.ts";
import { epochMs } from "../vocabulary/brand.ts";
import type { GroupReader } from "./group-reader.ts";

/** The coordinator gives a partition away only after its owner has rejoined, or was silent for a session. */
export const partitionLease = (
  reader: Pick<GroupReader, "epoch" | "signsOfLife">,
  sessionMs: number,
  isOwned: () => boolean,
): Lease => ({
  handOverMs: sessionMs + clockSkewMsMax,
  held: () => {
    const { joinedAt, beatAt } = reader.signsOfLife();
    if (reader.epoch() === 0 || !isOwned()) return undefined;
    return { since: joinedAt, until: epochMs(beatAt + sessionMs) };
  },
});
