/**
 * State as bytes, so that what is at rest takes a tenth of the memory that it takes in use. The bytes travel as a
 * string of one character each: the collector of garbage has nothing to look into.
 *
 * A reader asks for the same kinds of values in the same order as they were written.
 */
export interface Packer {
  /** Exact; a whole number from 0 to 2^52 takes 1 to 8 bytes, any other 9. */
  readonly number: (value: number) => void;
  /**
   * 4 bytes and 2 bits; a whole number to 256 takes 1 byte and one to 65,792 takes 2, a zero none. Exact only for
   * numbers that were rounded with `Math.fround` before.
   */
  readonly float: (value: number) => void;
  /** A whole number from 0 to below 256^`length`, in so many bytes; at most 6. */
  readonly fixed: (value: number, length: number) => void;
  /** Exact; hexadecimal ids take half a byte a digit. */
  readonly text: (value: string | undefined) => void;
  /** What was packed since the last call. */
  readonly take: () => string;
}

export interface Unpacker {
  /** Begins to read `packed`. What is read afterwards throws RangeError when it ends too early. */
  readonly open: (packed: string) => void;
  readonly number: () => number;
  readonly float: () => number;
  readonly fixed: (length: number) => number;
  readonly text: () => string | undefined;
  /** A text that was not undefined. */
  readonly string: () => string;
  readonly isAtEnd: () => boolean;
}

const firstBytes = 65_536;
/** Of one number. */
const numberBytesMax = 9;
const wholeMax = 2 ** 52;
const floatsPerMask = 4;
/** How a float is written, 2 bits of the mask before it; whole numbers without those that the ones before hold. */
const floatForms = { zero: 0, oneByte: 1, twoBytes: 2, four: 3 } as const;
const oneByteMax = 256;
const twoBytesMax = oneByteMax + 65_536;

function floatFormOf(value: number): number {
  if (value === 0) return floatForms.zero;
  if (!Number.isInteger(value) || value < 0 || value > twoBytesMax) return floatForms.four;
  return value <= oneByteMax ? floatForms.oneByte : floatForms.twoBytes;
}

const floatBytes = [0, 1, 2, 4] as const;

/** How a text is written; its length and form are one number, 0: undefined. */
const encodings = ["latin1", "utf16le", "hex", "uuid"] as const;
type Encoding = (typeof encodings)[number];

const uuidLength = 36;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function encodingOf(value: string): Encoding {
  if (value.length === uuidLength && uuidPattern.test(value)) return "uuid";
  if (/^(?:[0-9a-f]{2}){4,}$/.test(value)) return "hex";
  return /^[\0-\xff]*$/.test(value) ? "latin1" : "utf16le";
}

/** What stands in the bytes, and in what encoding of a buffer. */
function written(value: string, encoding: Encoding): [string, "latin1" | "utf16le" | "hex"] {
  return encoding === "uuid" ? [value.replaceAll("-", ""), "hex"] : [value, encoding];
}

function dashed(hex: string): string {
  const cuts = [0, 8, 12, 16, 20, 32];
  return cuts
    .slice(1)
    .map((end, n) => hex.slice(cuts[n], end))
    .join("-");
}

/** How a text may stand in packed state, by itself or within another text. */
export const formsOf = (text: string): string[] => [
  text,
  Buffer.from(...written(text, encodingOf(text))).toString("latin1"),
];

const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView =>
  new DataView(buffer, byteOffset, length);

export function createPacker(): Packer {
  let bytes = Buffer.alloc(firstBytes);
  let view = viewOf(bytes);
  let at = 0;
  let maskAt = 0;
  let inMask = floatsPerMask;
  const reserve = (length: number): void => {
    if (at + length <= bytes.length) return;
    const wider = Buffer.alloc(2 * (at + length));
    bytes.copy(wider, 0, 0, at);
    bytes = wider;
    view = viewOf(bytes);
  };
  const whole = (value: number): void => {
    let rest = value;
    while (rest >= 128) {
      bytes[at] = 128 + (rest % 128);
      at += 1;
      rest = Math.floor(rest / 128);
    }
    bytes[at] = rest;
    at += 1;
  };
  const number = (value: number): void => {
    inMask = floatsPerMask;
    reserve(numberBytesMax);
    if (Number.isInteger(value) && value >= 0 && value < wholeMax) whole(2 * value);
    else {
      bytes[at] = 1;
      view.setFloat64(at + 1, value, true);
      at += numberBytesMax;
    }
  };
  return {
    number,
    float: (value) => {
      reserve(5);
      if (inMask === floatsPerMask) {
        maskAt = at;
        bytes[at] = 0;
        at += 1;
        inMask = 0;
      }
      const form = floatFormOf(value);
      bytes[maskAt] = (bytes[maskAt] ?? 0) | (form << (2 * inMask));
      inMask += 1;
      if (form === floatForms.oneByte) bytes[at] = value - 1;
      else if (form === floatForms.twoBytes) view.setUint16(at, value - 1 - oneByteMax, true);
      else if (form === floatForms.four) view.setFloat32(at, value, true);
      at += floatBytes[form] ?? 0;
    },
    fixed: (value, length) => {
      inMask = floatsPerMask;
      reserve(length);
      at = bytes.writeUIntLE(value, at, length);
    },
    text: (value) => {
      if (value === undefined) return number(0);
      const encoding = encodingOf(value);
      const [text, form] = written(value, encoding);
      const length = Buffer.byteLength(text, form);
      number(1 + length * encodings.length + encodings.indexOf(encoding));
      reserve(length);
      at += bytes.write(text, at, form);
    },
    take: () => {
      const packed = bytes.toString("latin1", 0, at);
      at = 0;
      inMask = floatsPerMask;
      return packed;
    },
  };
}

export function createUnpacker(): Unpacker {
  let bytes = Buffer.alloc(firstBytes);
  let view = viewOf(bytes);
  let length = 0;
  let at = 0;
  let mask = 0;
  let inMask = floatsPerMask;
  /** Where the next `count` bytes begin. */
  const pass = (count: number): number => {
    at += count;
    if (at > length) throw new RangeError("packed state is cut");
    return at - count;
  };
  const whole = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[pass(1)] ?? 0;
      if (scale > wholeMax) throw new RangeError("packed number is too long");
      value += (byte % 128) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  const number = (): number => {
    inMask = floatsPerMask;
    const value = whole();
    if (value % 2 === 0) return value / 2;
    return view.getFloat64(pass(8), true);
  };
  const text = (): string | undefined => {
    const form = number();
    if (form === 0) return undefined;
    const start = pass(Math.floor((form - 1) / encodings.length));
    const encoding = encodings[(form - 1) % encodings.length];
    if (encoding === "uuid") return dashed(bytes.toString("hex", start, at));
    return bytes.toString(encoding, start, at);
  };
  return {
    open: (packed) => {
      if (packed.length > bytes.length) {
        bytes = Buffer.alloc(2 * packed.length);
        view = viewOf(bytes);
      }
      length = bytes.write(packed, 0, "latin1");
      at = 0;
      inMask = floatsPerMask;
    },
    number,
    text,
    string: () => text() ?? "",
    isAtEnd: () => at === length,
    float: () => {
      if (inMask === floatsPerMask) {
        mask = view.getUint8(pass(1));
        inMask = 0;
      }
      const form = (mask >> (2 * inMask)) & 3;
      inMask += 1;
      const start = pass(floatBytes[form] ?? 0);
      if (form === floatForms.oneByte) return view.getUint8(start) + 1;
      if (form === floatForms.twoBytes) return view.getUint16(start, true) + 1 + oneByteMax;
      return form === floatForms.zero ? 0 : view.getFloat32(start, true);
    },
    fixed: (count) => {
      inMask = floatsPerMask;
      return bytes.readUIntLE(pass(count), count);
    },
  };
}

/** As many as `count` says, one after the other. */
export function unpackList<Value>(unpacker: Unpacker, read: () => Value): Value[] {
  const length = unpacker.number();
  const values: Value[] = [];
  for (let n = 0; n < length; n += 1) values.push(read());
  return values;
}

/** Their number, then each by `write`. */
export function packList<Value>(
  packer: Packer,
  values: readonly Value[],
  write: (value: Value) => void,
): void {
  packer.number(values.length);
  for (const value of values) write(value);
}
