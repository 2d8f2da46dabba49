/** Who wrote a text: only holders of the master key can have. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { deriveKey, type KeyRing } from "../pipeline/key.ts";

export interface TextMac {
  /** `<master key version>:<64 hex digits>`. */
  readonly macOf: (text: string) => string;
  readonly isAuthentic: (text: string, mac: string) => boolean;
}

/** `keys`: the current master key first, older ones after it. `use` keeps one kind of text from being another. */
export function createTextMac(keys: KeyRing, use: string): TextMac {
  const [current] = keys;
  const derived = new Map(keys.map(({ version, bytes }) => [version, deriveKey(bytes, use)]));
  const macBy = (text: string, version: number): string | undefined => {
    const key = derived.get(version);
    if (key === undefined) return undefined;
    return `${version}:${createHmac("sha256", key).update(text).digest("hex")}`;
  };
  return {
    macOf: (text) => macBy(text, current.version) ?? "",
    isAuthentic: (text, mac) => {
      const expected = macBy(text, Number(mac.slice(0, mac.indexOf(":"))));
      if (expected?.length !== mac.length) return false;
      return timingSafeEqual(Buffer.from(expected), Buffer.from(mac));
    },
  };
}
