/** `/v1/ledger`: the signed head of the log, for whoever keeps one outside, and a verification of the store. */
import { z } from "zod";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { newestCheckpoint } from "../../ingest/clickhouse/ledger-log.ts";
import { discrepancyKinds } from "../../ingest/verification/discrepancy.ts";
import { problem } from "../problem.ts";
import { json } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";
import { isProven, type StoreVerification } from "../verification.ts";

export interface LedgerRouteDeps {
  readonly store: { readonly reader: Reader };
  /** Of this process's store, while it runs. */
  readonly verify: () => Promise<StoreVerification>;
}

const count = z.int().min(0);
const checkpointDocument = z
  .object({
    entries: count.meta({ description: "Links of the ledger that the head covers." }),
    root: z.string().meta({ description: "Hex root of the Merkle tree over them (RFC 6962)." }),
    note: z.string().meta({ description: "The signed note (c2sp.org/tlog-checkpoint)." }),
  })
  .meta({ id: "Checkpoint" });

const discrepancyDocument = z
  .object({
    kind: z.enum(discrepancyKinds),
    table: z.string(),
    source: z.string().nullable(),
    partition: count.nullable(),
    from: count.meta({ description: "First offset, link or entry concerned." }),
    to: count.meta({ description: "The one after the last." }),
    detail: z.string(),
  })
  .meta({ id: "Discrepancy" });

const verificationDocument = z
  .object({
    proven: z.boolean().meta({ description: "No discrepancy, and every witness holds a head." }),
    records: count,
    rows: count,
    links: count,
    chains: count,
    log: z.object({ entries: count, signed: count, heads: count, root: z.string() }),
    witnesses: z.array(z.object({ witness: z.string(), entries: count.nullable() })),
    discrepancies: z.array(discrepancyDocument),
    discrepancies_total: count,
    took_ms: count,
  })
  .meta({ id: "Verification" });

const query = z.strictObject({});

export const ledgerRoutes = (deps: LedgerRouteDeps): readonly Route[] => [
  checkpointRoute(deps),
  verificationRoute(deps),
];

const checkpointRoute = ({ store }: LedgerRouteDeps): Route =>
  defineRoute({
    method: "get",
    path: "/v1/ledger/checkpoint",
    summary: "Newest signed head of the ledger's log",
    description:
      "Kept outside, it shows later whether anything that it covers was edited or cut off.",
    role: "viewer",
    params: noParams,
    query,
    body: noBody,
    replies: { 200: { description: "The head.", schema: checkpointDocument } },
    problems: ["not_found"],
    handle: async () => {
      const [head] = await newestCheckpoint(store.reader, {});
      if (head === undefined) return problem("not_found", "Nothing has been signed yet.");
      return json({ entries: head.size, root: head.root, note: head.note });
    },
  });

/** One at a time: who asks meanwhile gets the answer of the one under way. */
function verificationRoute({ verify }: LedgerRouteDeps): Route {
  let running: Promise<StoreVerification> | undefined;
  const shared = (): Promise<StoreVerification> => {
    running ??= verify().finally(() => {
      running = undefined;
    });
    return running;
  };
  return defineRoute({
    method: "post",
    path: "/v1/ledger/verifications",
    summary: "Verify the store against the ledger",
    description:
      "Compares every row, link and signed head; about 20 s for a million records. Discrepancies are" +
      " listed up to a thousand.",
    role: "analyst",
    params: noParams,
    query,
    body: noBody,
    replies: { 200: { description: "What was found.", schema: verificationDocument } },
    problems: [],
    handle: async () => json(documentOf(await shared()), { "Cache-Control": "no-store" }),
  });
}

const documentOf = (found: StoreVerification) => ({
  proven: isProven(found),
  records: found.offsets,
  rows: found.rows,
  links: found.links,
  chains: found.chains,
  log: {
    entries: found.log.size,
    signed: found.log.signed,
    heads: found.log.checkpoints,
    root: found.log.root,
  },
  witnesses: found.witnesses.map(({ witness, entries }) => ({ witness, entries: entries ?? null })),
  discrepancies: found.discrepancies.map(({ source, partition, ...rest }) => ({
    ...rest,
    source: source ?? null,
    partition: partition ?? null,
  })),
  discrepancies_total: found.total,
  took_ms: found.tookMs,
});
