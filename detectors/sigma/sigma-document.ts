/**
 * The documents of a Sigma file, as far as they are supported: rules that select access events, and correlations that
 * count them. Whatever else Sigma has is refused rather than read as something else.
 */
import { z } from "zod";

export const thresholdMax = 1_000;
export const timespanMsMax = 14 * 86_400_000;
const groupFieldsMax = 4;
const rulesPerCorrelationMax = 8;

const texts = z.array(z.string());

/** What a document may say of itself. */
const meta = {
  title: z.string().min(1).max(256),
  id: z.string().optional(),
  name: z.string().optional(),
  status: z.enum(["stable", "test", "experimental", "deprecated", "unsupported"]).optional(),
  description: z.string().max(65_535).optional(),
  author: z.string().optional(),
  references: texts.optional(),
  date: z.unknown().optional(),
  modified: z.unknown().optional(),
  license: z.string().optional(),
  tags: texts.optional(),
  falsepositives: z.union([z.string(), texts]).optional(),
  level: z.enum(["informational", "low", "medium", "high", "critical"]).optional(),
  taxonomy: z.string().optional(),
  related: z.unknown().optional(),
  scope: z.unknown().optional(),
  custom: z.unknown().optional(),
};

export const ruleSchema = z.strictObject({
  ...meta,
  logsource: z.strictObject({
    product: z.literal("support_console"),
    category: z.literal("record_access").optional(),
    definition: z.string().optional(),
  }),
  detection: z.looseObject({
    condition: z.union([z.string().min(1).max(2_000), texts.min(1).max(32)]),
  }),
  fields: texts.optional(),
});
export type RuleDocument = z.infer<typeof ruleSchema>;

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const isUnit = (text: string): text is keyof typeof units => Object.hasOwn(units, text);

/** `90m` → milliseconds; undefined: no timespan. */
function timespanOf(text: string): number | undefined {
  const [, amount = "", unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return isUnit(unit) ? Number(amount) * units[unit] : undefined;
}

const timespan = z.string().transform((text, { issues }) => {
  const ms = timespanOf(text);
  if (ms !== undefined && ms > 0 && ms <= timespanMsMax) return { text, ms };
  const message = "a whole number with s, m, h or d, of at most 14 days";
  issues.push({ code: "custom", input: text, message });
  return z.NEVER;
});

const threshold = z.int().min(0).max(thresholdMax).optional();
const bounds = { gt: threshold, gte: threshold, lt: threshold, lte: threshold, eq: threshold };

const common = {
  rules: texts.min(1).max(rulesPerCorrelationMax),
  "group-by": texts.min(1).max(groupFieldsMax),
  timespan,
  generate: z.literal(false).optional(),
};

export const correlationSchema = z.strictObject({
  ...meta,
  correlation: z.discriminatedUnion("type", [
    z.strictObject({
      ...common,
      type: z.literal("event_count"),
      condition: z.strictObject(bounds),
    }),
    z.strictObject({
      ...common,
      type: z.literal("value_count"),
      condition: z.strictObject({ ...bounds, field: z.string() }),
    }),
  ]),
});
export type CorrelationDocument = z.infer<typeof correlationSchema>;
export type Condition = CorrelationDocument["correlation"]["condition"];
