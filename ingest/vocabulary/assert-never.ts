/** Makes a missing case of a closed union a compile error. Throws if reached: that is a bug. */
export function assertNever(value: never): never {
  throw new TypeError(`unreachable case: ${typeof value}`);
}
