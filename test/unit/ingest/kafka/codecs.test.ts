import { gzipSync } from "node:zlib";
import fc from "fast-check";
import kafkajs from "kafkajs";
import { registerCodecs, undecodableDetail } from "../../../../ingest/kafka/codecs.ts";

registerCodecs();

interface Codec {
  readonly decompress: (bytes: Buffer) => Promise<Buffer>;
}
const codecs = new Map<number, () => Codec>(
  Object.entries(kafkajs.CompressionCodecs).map(([number, create]) => [Number(number), create]),
);

/** Bytes of a batch as kafkajs hands them over: a view behind the count of records. */
function batchOf(bytes: Buffer, records: number): Buffer {
  const count = Buffer.alloc(4);
  count.writeInt32BE(records);
  return Buffer.concat([count, bytes]).subarray(4);
}

const recordCount = (bytes: Buffer): number =>
  bytes.toString("latin1").split("undecodable").length - 1;

describe("a batch that cannot be opened", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])("of codec %d gives one stand-in per record", async (number) => {
    const damaged = Buffer.from("this is no compressed batch at all, whatever the codec");
    const bytes = await codecs.get(number)?.().decompress(batchOf(damaged, 300));
    expect(recordCount(bytes ?? Buffer.alloc(0))).toBe(300);
  });

  it("never throws, whatever its bytes", async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(1, 2, 3, 4),
      fc.uint8Array({ maxLength: 200 }),
      async (number, bytes) => {
        const codec = codecs.get(number);
        await expect(codec?.().decompress(batchOf(Buffer.from(bytes), 3))).resolves.toBeDefined();
      },
    );
    await fc.assert(property);
  });

  it("does not fill the memory: a small batch that grows beyond the limit is refused", async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    const bytes = await codecs.get(1)?.().decompress(batchOf(bomb, 2));
    expect(recordCount(bytes ?? Buffer.alloc(0))).toBe(2);
  });

  it("cannot be pretended by a producer, who does not know the mark", () => {
    expect(undecodableDetail({ "deskwatch.undecodable": "codec number 5" })).toBeUndefined();
    expect(undecodableDetail(undefined)).toBeUndefined();
  });
});
