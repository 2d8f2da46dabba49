/**
 * Sigma's strings: `*` is any text, `?` any one character, a backslash before one of them (or before a backslash in
 * front of them) takes it literally. Without case unless it is asked for.
 */

/** A character, or one of the wildcards. */
type Piece = string | { readonly wildcard: "*" | "?" };

const any: Piece = { wildcard: "*" };

/** `text` in pieces; what the modifiers `contains`, `startswith`, `endswith` add is any text before or after. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  const characters = [...text];
  for (let n = 0; n < characters.length; n += 1) {
    const character = characters[n] ?? "";
    const next = characters[n + 1];
    if (character === "\\" && (next === "*" || next === "?" || next === "\\")) {
      pieces.push(next);
      n += 1;
    } else if (character === "*" || character === "?") {
      pieces.push({ wildcard: character });
    } else pieces.push(character);
  }
  return pieces;
}

export type Placement = "whole" | "contains" | "startswith" | "endswith";

function placed(pieces: readonly Piece[], placement: Placement): readonly Piece[] {
  const before = placement === "contains" || placement === "endswith" ? [any] : [];
  const after = placement === "contains" || placement === "startswith" ? [any] : [];
  return [...before, ...pieces, ...after];
}

/** Whether a text matches; O(text × pattern) at worst, never more. */
export function matcherOf(
  text: string,
  placement: Placement,
  isCased: boolean,
): (value: string) => boolean {
  const folded = (value: string): string => (isCased ? value : value.toLowerCase());
  const pieces = placed(piecesOf(folded(text)), placement);
  if (pieces.every((piece) => typeof piece === "string")) {
    const plain = pieces.join("");
    return (value) => folded(value) === plain;
  }
  return (value) => matches(pieces, [...folded(value)]);
}

/** The last `*` takes one character more whenever what follows it does not fit. */
function matches(pieces: readonly Piece[], characters: readonly string[]): boolean {
  let piece = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < characters.length) {
    if (isAny(pieces[piece])) {
      star = piece;
      starAt = at;
      piece += 1;
    } else if (fits(pieces[piece], characters[at])) {
      piece += 1;
      at += 1;
    } else if (star >= 0) {
      piece = star + 1;
      starAt += 1;
      at = starAt;
    } else return false;
  }
  return pieces.slice(piece).every(isAny);
}

const isAny = (piece: Piece | undefined): boolean =>
  typeof piece === "object" && piece.wildcard === "*";

const fits = (piece: Piece | undefined, character: string | undefined): boolean =>
  typeof piece === "object" ? piece.wildcard === "?" : piece === character;
