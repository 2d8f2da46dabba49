/**
 * The extension line by which our checkpoints count themselves from 0, so that one that is missing in between
 * is missed.
 */
const prefix = "deskwatch checkpoint ";

export const numberLine = (number: number): string => `${prefix}${number}`;

/** `undefined`: not one of ours. */
export function numberIn(extensions: readonly string[]): number | undefined {
  const line = extensions.find((text) => text.startsWith(prefix));
  const digits = /^(0|[1-9]\d{0,15})$/.exec(line?.slice(prefix.length) ?? "")?.[0];
  return digits === undefined ? undefined : Number(digits);
}
