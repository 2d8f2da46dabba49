/**
 * Compression codecs for kafkajs, which brings gzip only and stops for good at a batch that it cannot open.
 *
 * A batch that no codec opens (an unknown codec number, damaged bytes, a decompression bomb) becomes stand-in
 * records, one per offset, that carry a mark which only this process knows. So every offset still leaves one
 * outcome (`unknown_codec`) and the consumer lives.
 */
import { randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { Decompress } from "fzstd";
import kafkajs from "kafkajs";
import { compressFrameSync, decompressFrameSync } from "lz4-napi";
import { compressSync, uncompressSync } from "snappy";

/**
 * Largest batch after decompression. Brokers accept about 1 MiB compressed by default. lz4 has no limit of its
 * own here: its format cannot grow more than 255 times.
 */
const decompressedBytesMax = 128 * 1024 * 1024;

interface Codec {
  readonly compress: (encoder: { readonly buffer: Buffer }) => Promise<Buffer>;
  readonly decompress: (bytes: Buffer) => Promise<Buffer>;
}

type Decompression = (bytes: Buffer) => Buffer;
type Compression = (bytes: Buffer) => Buffer;

const gunzip: Decompression = (bytes) =>
  gunzipSync(bytes, { maxOutputLength: decompressedBytesMax });
const gzip: Compression = (bytes) => gzipSync(bytes);
const lz4: Compression = (bytes) => compressFrameSync(bytes);
const unlz4: Decompression = (bytes) => decompressFrameSync(bytes);

/** Frame of snappy-java, which Kafka's clients write: magic, version, then length-prefixed blocks. */
const snappyMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const snappyHeaderBytes = 16;

const snappy: Compression = (bytes) => {
  const block = compressSync(bytes);
  const header = Buffer.alloc(snappyHeaderBytes + 4);
  snappyMagic.copy(header);
  header.writeInt32BE(1, 8);
  header.writeInt32BE(1, 12);
  header.writeInt32BE(block.length, snappyHeaderBytes);
  return Buffer.concat([header, block]);
};

const unsnappy: Decompression = (bytes) => {
  if (!bytes.subarray(0, snappyMagic.length).equals(snappyMagic)) return snappyBlock(bytes);
  const blocks: Buffer[] = [];
  let at = snappyHeaderBytes;
  while (at < bytes.length) {
    const end = at + 4 + bytes.readInt32BE(at);
    blocks.push(snappyBlock(bytes.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
};

const snappyBlock = (block: Buffer): Buffer => {
  if (snappyLength(block) > decompressedBytesMax) throw new RangeError("batch too large");
  return Buffer.from(uncompressSync(block));
};

/** Bytes after decompression: a block begins with them as a little-endian base-128 number. */
function snappyLength(block: Buffer): number {
  let length = 0;
  for (const [index, byte] of block.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw new RangeError("no snappy block");
}

/** Producers stream zstd without a content size, so the output is bounded while it grows. */
const unzstd: Decompression = (bytes) => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream = new Decompress((chunk) => {
    size += chunk.length;
    if (size > decompressedBytesMax) throw new RangeError("batch too large when decompressed");
    chunks.push(chunk);
  });
  stream.push(bytes, true);
  return Buffer.concat(chunks);
};

const zstd: Compression = () => {
  throw new TypeError("Deskwatch reads zstd and writes none");
};

let isRegistered = false;

/** Registers every codec with kafkajs, which keeps them process-wide. Does nothing when called again. */
export function registerCodecs(): void {
  if (isRegistered) return;
  isRegistered = true;
  Object.assign(kafkajs.CompressionCodecs, {
    1: () => codecOf("gzip", gzip, gunzip),
    2: () => codecOf("snappy", snappy, unsnappy),
    3: () => codecOf("lz4", lz4, unlz4),
    4: () => codecOf("zstd", zstd, unzstd),
    5: () => unknownCodec(5),
    6: () => unknownCodec(6),
    7: () => unknownCodec(7),
  });
}

function codecOf(name: string, compress: Compression, decompress: Decompression): Codec {
  return {
    compress: async ({ buffer }) => compress(buffer),
    decompress: async (bytes) => {
      try {
        return decompress(bytes);
      } catch {
        return standInRecords(bytes, `the batch is not valid ${name}`);
      }
    },
  };
}

/** The three numbers that Kafka's three codec bits leave free. */
export function unknownCodec(number: number): Codec {
  const detail = `codec number ${number}`;
  return {
    compress: () => Promise.reject(new TypeError(`${detail} is unknown`)),
    decompress: async (bytes) => standInRecords(bytes, detail),
  };
}

/** Header of a stand-in record; its value starts with a secret of this process, so none can be forged. */
const markHeader = "deskwatch.undecodable";
const mark = randomBytes(16).toString("hex");

/** Why the batch around a record could not be opened; `undefined` for an ordinary record. */
export function undecodableDetail(
  headers: Readonly<Record<string, string>> | undefined,
): string | undefined {
  const value = headers?.[markHeader];
  return value?.startsWith(mark) === true ? value.slice(mark.length) : undefined;
}

/**
 * As many empty records as the batch announces. kafkajs hands a codec the bytes behind the record count of
 * the batch, as a view of the same memory, so the count is the four bytes before it.
 */
function standInRecords(compressed: Buffer, detail: string): Buffer {
  const counter = Buffer.from(compressed.buffer, compressed.byteOffset - 4, 4);
  const count = counter.readInt32BE(0);
  const header = [...sized(Buffer.from(markHeader)), ...sized(Buffer.from(mark + detail))];
  const records: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    // Attributes, timestamp delta, offset delta, no key, no value, one header.
    const absent = varint(-1);
    const body = [0, ...varint(0), ...varint(index), ...absent, ...absent, ...varint(1), ...header];
    records.push(Buffer.from([...varint(body.length), ...body]));
  }
  return Buffer.concat(records);
}

const sized = (bytes: Buffer): readonly number[] => [...varint(bytes.length), ...bytes];

/** Zigzag variable-length integer, as Kafka's record format writes it; 32-bit values. */
function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}
