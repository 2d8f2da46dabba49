/** Rules by which an event that comes twice is told, each altered alone. */
import type { Mutant } from "./mutation.ts";

export const duplicateMutants: readonly Mutant[] = [
  {
    name: "decide duplicates from memory only",
    mutation: {
      writer: (inner) => ({
        ...inner,
        query: async (sql, params) =>
          sql.includes("event_id_hash IN") ? [] : inner.query(sql, params),
      }),
    },
    breaks: ["event id stored twice"],
  },
  {
    name: "learn ids that others stored only at its own start",
    mutation: { learnsOnlyAtStart: true },
    breaks: ["event id stored twice"],
  },
  {
    name: "tell by the clocks of others what they have stored lately",
    mutation: {
      reader: (inner) => ({
        query: (sql, params) => {
          const { since, from } = params;
          const isOfIds = since !== undefined && from !== undefined;
          const latest = Math.max(Number(since), Number(from));
          return inner.query(sql, isOfIds ? { ...params, since: 0, from: latest } : params);
        },
      }),
    },
    breaks: ["event id stored twice"],
  },
];
