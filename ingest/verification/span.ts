/** Runs of whole numbers: [from, to). */

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Adds what lies at or behind all that is there; what adjoins becomes one. */
export function extend(spans: Span[], { from, to }: Span): void {
  const last = spans.at(-1);
  if (last === undefined || from > last.to) spans.push({ from, to });
  else spans[spans.length - 1] = { from: last.from, to: Math.max(last.to, to) };
}

export function extended(spans: readonly Span[], span: Span): readonly Span[] {
  const all = [...spans];
  extend(all, span);
  return all;
}
