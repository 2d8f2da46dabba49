/** Pages by cursor: the same two steps for every list. */
import type { z } from "zod";
import { decodeCursor, encodeCursor, type Place } from "./cursor.ts";
import { type Problem, problem } from "./problem.ts";

export type PageStart<Position> =
  | { readonly kind: "start"; readonly after: Position | undefined }
  | Problem;

/** Which rows a cursor belongs to. Places in two lists may look alike, so the list is part of it. */
export interface Selection {
  /** Path of the route. */
  readonly list: string;
  readonly filters: unknown;
}

/** Where the page that `cursor` asks for begins; no cursor: at the first row. */
export function pageStart<Position>(
  { list, filters }: Selection,
  cursor: string | undefined,
  position: z.ZodType<Position>,
): PageStart<Position> {
  if (cursor === undefined) return { kind: "start", after: undefined };
  const reading = decodeCursor([list, filters], cursor);
  if (reading.kind === "mismatch") {
    return problem("cursor_mismatch", "The cursor belongs to another list or other filters.", {
      errors: [{ parameter: "cursor", detail: "repeat the filters of the first page" }],
    });
  }
  const parsed = position.safeParse(reading.kind === "place" ? reading.place : undefined);
  if (parsed.success) return { kind: "start", after: parsed.data };
  return problem("cursor_invalid", "The cursor was not made by this list.", {
    errors: [{ parameter: "cursor", detail: "take `next_cursor` of a page as it is" }],
  });
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly nextCursor: string | null;
}

interface PageEnd<Row> extends Selection {
  /** One row more than the page holds, if there is one. */
  readonly found: readonly Row[];
  readonly limit: number;
  readonly placeOf: (row: Row) => Place;
}

/** Cuts the row that was read only to know whether there is a next page. */
export function pageEnd<Row>({ list, filters, found, limit, placeOf }: PageEnd<Row>): Page<Row> {
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const more = found.length > limit && last !== undefined;
  return { rows, nextCursor: more ? encodeCursor([list, filters], placeOf(last)) : null };
}
