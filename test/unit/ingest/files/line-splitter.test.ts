import fc from "fast-check";
import { createLineSplitter } from "../../../../ingest/files/ndjson-file.ts";

describe("lines out of chunks", () => {
  it("are the same wherever the chunks are cut", () => {
    const line = fc
      .string({ maxLength: 12 })
      .map((text) => text.replaceAll("\n", "").replaceAll("\ufeff", ""));
    fc.assert(
      fc.property(
        fc.array(line),
        fc.array(fc.nat(200)),
        fc.boolean(),
        (lines, cuts, endsInBreak) => {
          const text = lines.join("\n") + (endsInBreak ? "\n" : "");
          const bytes = Buffer.from(text);
          const splitter = createLineSplitter(1_000);
          const places = [
            0,
            ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
            bytes.length,
          ];
          const found = places.flatMap((from, at) =>
            splitter.push(bytes.subarray(from, places[at + 1] ?? bytes.length)),
          );
          found.push(...splitter.end());
          const expected = text.split("\n");
          if (expected.at(-1) === "") expected.pop();
          expect(found.map(String)).toEqual(expected);
        },
      ),
    );
  });

  it("never hold more than the limit and one byte of a line", () => {
    const splitter = createLineSplitter(10);
    for (let n = 0; n < 1_000; n += 1) expect(splitter.push(Buffer.alloc(1_000, 120))).toEqual([]);
    expect(splitter.push(Buffer.from("\nshort\n")).map((line) => line.length)).toEqual([11, 5]);
  });
});
