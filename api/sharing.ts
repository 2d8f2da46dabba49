/** What the two readers of the topics share where both run in one process, or where it is alone with its store. */
import type { Store } from "../ingest/clickhouse/client.ts";
import { createDecodedAhead, type DecodedAhead } from "../ingest/kafka/decoded-ahead.ts";
import { createFormerMembers, type FormerMembers } from "../ingest/kafka/former-members.ts";
import type { Context } from "./context.ts";

export interface Sharing {
  readonly decodedAhead?: DecodedAhead;
  readonly formerMembers?: FormerMembers;
}

export function sharingOf(
  { config, log }: Context,
  store: Store,
  roles: ReadonlySet<string>,
): Sharing {
  // Two readers of the same topics in one process: what one has decoded, the other need not.
  const isShared = roles.has("ingest") && roles.has("detect");
  return {
    ...(isShared && { decodedAhead: createDecodedAhead() }),
    ...(store.embedded && { formerMembers: createFormerMembers(config.dataDir, log) }),
  };
}
