/** Erasures as they were put down. */
import { z } from "zod";
import type { StatementMac } from "../ledger/statement-mac.ts";
import { defineQuery, type Reader } from "./define-query.ts";
import { sealedRow } from "./stored-record-queries.ts";

export interface Erasure {
  readonly token: string;
  readonly reason: string;
  /** Who erased it. */
  readonly principal: string;
  /** Epoch milliseconds. */
  readonly erasedAt: number;
}

/** `isAuthentic`: the service wrote it as it is. */
export interface StoredErasure extends Erasure {
  readonly isAuthentic: boolean;
}

export interface ErasureReader {
  readonly reader: Reader;
  /** Absent where the master key is not at hand: an erasure then counts if the ledger covers it. */
  readonly mac: Pick<StatementMac, "isAuthentic"> | undefined;
}

export interface ErasureQuestion {
  /** Empty: of all. */
  readonly tokens: readonly string[];
  /** Only those after this one in the order newest first, equal times by falling token. */
  readonly after: { readonly at: number; readonly id: string } | undefined;
  readonly limit: number;
}

const columns = `toString(subject_token) AS token, reason, toString(principal) AS eraser,
      toUnixTimestamp64Milli(erased_at) AS erased_ms, toString(source) AS chain, offset,
      ${sealedRow("erasures")} AS own`;

const row = z
  .object({
    token: z.string(),
    reason: z.string(),
    eraser: z.string(),
    erased_ms: z.number(),
    chain: z.string(),
    offset: z.number().int(),
    own: z.array(z.unknown()),
  })
  .transform(({ token, reason, eraser: principal, erased_ms: erasedAt, chain, offset, own }) => {
    const erasure: Erasure = { token, reason, principal, erasedAt };
    return { erasure, place: { source: chain, offset }, own };
  });

const erasuresNamed = defineQuery({
  name: "erasures.named",
  sql: `SELECT ${columns} FROM erasures WHERE subject_token IN {tokens:Array(UUID)}
    ORDER BY subject_token, erased_at, source, offset`,
  params: z.object({ tokens: z.array(z.string()) }),
  row,
});

const page = defineQuery({
  name: "erasures.page",
  sql: `SELECT ${columns} FROM erasures
    WHERE (erased_ms, token) < ({after_at:Int64}, {after_id:String})
      AND (empty({tokens:Array(UUID)}) OR subject_token IN {tokens:Array(UUID)})
    ORDER BY erased_at DESC, token DESC LIMIT {limit:UInt32}`,
  params: z.object({
    tokens: z.array(z.string()),
    after_at: z.number(),
    after_id: z.string(),
    limit: z.number().int(),
  }),
  row,
});

/** Tokens per question: on a server the question travels in the address of a request. */
const tokensPerRead = 2_000;

/** The first erasure of each of these subjects that counts. */
export async function erasuresAmong(
  { reader, mac }: ErasureReader,
  tokens: readonly string[],
): Promise<ReadonlyMap<string, Erasure>> {
  const found = new Map<string, Erasure>();
  for (let at = 0; at < tokens.length; at += tokensPerRead) {
    const asked = tokens.slice(at, at + tokensPerRead);
    for (const { erasure, place, own } of await erasuresNamed(reader, { tokens: asked })) {
      const counts = mac?.isAuthentic("erasures", place, own) !== false;
      if (counts && !found.has(erasure.token)) found.set(erasure.token, erasure);
    }
  }
  return found;
}

/** Newest first. */
export async function listErasures(
  { reader, mac }: ErasureReader,
  { tokens, after, limit }: ErasureQuestion,
): Promise<readonly StoredErasure[]> {
  const rows = await page(reader, {
    tokens: [...tokens],
    after_at: after?.at ?? Number.MAX_SAFE_INTEGER,
    after_id: after?.id ?? "",
    limit,
  });
  return rows.map(({ erasure, place, own }) => ({
    ...erasure,
    isAuthentic: mac?.isAuthentic("erasures", place, own) !== false,
  }));
}
