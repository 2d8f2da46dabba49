/** Entity tags and the two preconditions that carry them (RFC 9110, section 13.1). */

/** Strong and quoted. `parts` must change whenever the representation does. */
export const etagOf = (...parts: readonly number[]): string => `"${parts.join("-")}"`;

const tagsOf = (header: string): string[] => header.match(/(?:W\/)?"[\x21\x23-\x7e]*"/g) ?? [];

/** If-Match: strong comparison, so a weak tag never matches; `*` matches whatever exists. */
export function matchesStrongly(header: string, etag: string): boolean {
  return header.trim() === "*" || tagsOf(header).includes(etag);
}

/** If-None-Match: weak comparison. */
export function matchesWeakly(header: string, etag: string): boolean {
  const tags = tagsOf(header).map((tag) => tag.replace(/^W\//, ""));
  return header.trim() === "*" || tags.includes(etag);
}
