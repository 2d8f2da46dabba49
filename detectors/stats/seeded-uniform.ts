/**
 * A 53-bit hash of `text`: two 32-bit multiply-xor lanes with a final avalanche (the construction of
 * MurmurHash3's finaliser). Not for secrecy; equal text gives an equal number on every machine.
 */
export function fingerprint(text: string, seed = 0): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let n = 0; n < text.length; n += 1) {
    const code = text.charCodeAt(n);
    high = Math.imul(high ^ code, 0x85ebca77);
    low = Math.imul(low ^ code, 0xc2b2ae3d);
  }
  high ^= Math.imul(high ^ (low >>> 15), 0x735a2d97);
  low ^= Math.imul(low ^ (high >>> 15), 0xcaf649a9);
  high ^= low >>> 16;
  low ^= high >>> 16;
  return 2_097_152 * (low >>> 0) + (high >>> 11);
}

/** Uniform on (0, 1), never its ends; reproducible from `text`, so that a replay draws the same. */
export function seededUniform(text: string, seed = 0): number {
  return (fingerprint(text, seed) + 0.5) / 2 ** 53;
}
