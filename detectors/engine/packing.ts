/** Numbers as base64 text, so that an agent's state prints in a few kilobytes. */

/** 4 bytes a number. Exact only for numbers that were rounded with `Math.fround` before. */
export function packFloats(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4);
  let offset = 0;
  for (const value of values) offset = bytes.writeFloatLE(value, offset);
  return bytes.toString("base64");
}

export function unpackFloats(packed: string): number[] {
  const bytes = Buffer.from(packed, "base64");
  const values: number[] = [];
  for (let offset = 0; offset + 4 <= bytes.length; offset += 4) {
    values.push(bytes.readFloatLE(offset));
  }
  return values;
}

/** `width` bytes (1 to 6) a whole number ≥ 0. */
export function packWhole(values: Iterable<number>, width: number): string {
  const list = [...values];
  const bytes = Buffer.alloc(list.length * width);
  let offset = 0;
  for (const value of list) offset = bytes.writeUIntBE(value, offset, width);
  return bytes.toString("base64");
}

export function unpackWhole(packed: string, width: number): number[] {
  const bytes = Buffer.from(packed, "base64");
  const values: number[] = [];
  for (let offset = 0; offset + width <= bytes.length; offset += width) {
    values.push(bytes.readUIntBE(offset, width));
  }
  return values;
}
