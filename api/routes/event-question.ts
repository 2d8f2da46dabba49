/** What is asked of every kind of event, and how absent values are read back. */
import { z } from "zod";

export interface EventQuestion {
  /** Inclusive, epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Empty lists: any. */
  readonly agents: readonly string[];
  readonly tokens: readonly string[];
  /** Only events after this one in the order newest first, equal times by falling id. */
  readonly after: { readonly at: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** The parameters that `pageParams` and the SQL below share. */
export const questionParams = z.object({
  from: z.number(),
  to: z.number(),
  agents: z.array(z.string()),
  tokens: z.array(z.string()),
  after_at: z.number(),
  after_id: z.string(),
  limit: z.number(),
});

export const questionValues = (question: EventQuestion): z.input<typeof questionParams> => ({
  from: question.from,
  to: question.to,
  agents: [...question.agents],
  tokens: [...question.tokens],
  after_at: question.after?.at ?? Number.MAX_SAFE_INTEGER,
  after_id: question.after?.id ?? "",
  limit: question.limit,
});

/** Condition on `at`; `at_ms` must be the selected epoch ms. */
export const inPage = `at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND (at_ms, event_id) < ({after_at:Int64}, {after_id:String})`;

export const newestFirst = "ORDER BY at DESC, event_id DESC LIMIT {limit:UInt32}";

/** '' and null stand for an absent value in the tables; an absent value leaves no key in the answer. */
export const text = z.string().transform((value) => (value === "" ? undefined : value));
export const optionalNumber = z.coerce
  .number()
  .nullable()
  .transform((value) => value ?? undefined);
