/**
 * The evidence bundle: events with everything that proves them, as NDJSON, for somebody who has no access to the
 * system. One line says what it is, one line each link, one line closes it.
 *
 * Of a link's records those that the question is about are disclosed whole: their leaf and their row. All others
 * are hashes, so a bundle tells nothing about them.
 */
import { z } from "zod";

export const bundleFormat = "deskwatch-evidence-1";

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

export const headLine = z.strictObject({
  format: z.literal(bundleFormat),
  /** Epoch milliseconds. */
  made_at: count,
  /** What was asked for, in words of the command line. */
  question: z.record(z.string(), z.string()),
  /** Keys that the head was signed with. Whoever verifies compares them with what they trust. */
  verifier_keys: z.array(z.string()).min(1),
  /** A signed note (c2sp.org/tlog-checkpoint). */
  checkpoint: z.string(),
  /** Names of the values of a row, by table. The last of an access is left out of rows that have none of it. */
  columns: z.record(z.string(), z.array(z.string())),
});
export type HeadLine = z.output<typeof headLine>;

export const disclosedRecord = z.strictObject({
  offset: count,
  /** The text whose RFC 6962 leaf hash is in the range's tree. */
  leaf: z.string(),
  /** The table of the row and its own values; absent for a record that left none. */
  table: z.string().optional(),
  values: z.array(z.unknown()).optional(),
});

export const linkLine = z.strictObject({
  log_index: count,
  link: z.strictObject({
    source: z.string(),
    partition: count,
    sequence: count,
    start: count,
    end: count,
    counts: z.strictObject({
      outcomes: count,
      events: count,
      deadLetters: count,
      exposures: count,
      identities: count,
    }),
    root: hex,
    previous: hex,
    recordedAt: count,
  }),
  records: z.array(disclosedRecord),
  /** Subtrees of the range without a disclosed record, in the order of `pruned-tree.ts`. */
  pruned: z.array(hex),
});
export type LinkLine = z.output<typeof linkLine>;

export const endLine = z.strictObject({
  links: count,
  records: count,
  /** Subtrees of the log without a disclosed link. */
  log_pruned: z.array(hex),
});
export type EndLine = z.output<typeof endLine>;
