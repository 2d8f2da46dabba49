import fc from "fast-check";
import { parseRfc3339 } from "../../../../ingest/pipeline/rfc3339.ts";

const two = (value: number) => String(value).padStart(2, "0");

describe("a time of the wire", () => {
  it("is the same moment in whatever offset it is written", () => {
    const moment = fc.integer({ min: 0, max: Date.UTC(9998, 0, 1) });
    const offset = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
    fc.assert(
      fc.property(moment, offset, (ms, minutes) => {
        const local = new Date(ms + minutes * 60_000).toISOString().slice(0, -1);
        if (!/^\d{4}-/.test(local)) return;
        const size = Math.abs(minutes);
        const zone = `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(parseRfc3339(local + zone)).toBe(ms);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    // Leap seconds of IERS Bulletin C: the end of 2016, in UTC and as it was written in Dublin and Tokyo.
    { text: "2016-12-31T23:59:60Z", ms: Date.UTC(2017, 0, 1) },
    { text: "2017-01-01T08:59:60+09:00", ms: Date.UTC(2017, 0, 1) },
    { text: "2016-12-31T22:59:60Z", ms: undefined },
    { text: "2024-02-29T00:00:00Z", ms: Date.UTC(2024, 1, 29) },
    { text: "2023-02-29T00:00:00Z", ms: undefined },
    { text: "2024-04-31T00:00:00Z", ms: undefined },
    { text: "0099-01-01T00:00:00Z", ms: -59_042_995_200_000 },
    { text: "2024-01-01T00:00:00.0019Z", ms: Date.UTC(2024, 0, 1, 0, 0, 0, 1) },
    { text: "2024-01-01T00:00:00.9Z", ms: Date.UTC(2024, 0, 1, 0, 0, 0, 900) },
    { text: "2024-01-01t00:00:00z", ms: Date.UTC(2024, 0, 1) },
    { text: "2024-01-01T24:00:00Z", ms: undefined },
    { text: "2024-1-1T00:00:00Z", ms: undefined },
    { text: "2024-01-01T00:00Z", ms: undefined },
    { text: "2024-01-01T00:00:00Z\n", ms: undefined },
    { text: "２０２４-01-01T00:00:00Z", ms: undefined },
  ])("$text is $ms", ({ text, ms }) => {
    expect(parseRfc3339(text)).toBe(ms);
  });
});
