import fc from "fast-check";
import { timeOfLine } from "../../../../ingest/files/line-time.ts";
import { parseRfc3339 } from "../../../../ingest/pipeline/rfc3339.ts";

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const time = "2026-01-02T03:04:05.678Z";
const none = Number.NEGATIVE_INFINITY;

describe("the time of a line", () => {
  it.each([
    { line: `{"time":"${time}"}`, expected: at, why: "compact" },
    { line: `{ "time" : "${time}" }`, expected: at, why: "with blanks" },
    {
      line: `{"a":{"time":"1999-01-01T00:00:00Z"},"time":"${time}"}`,
      expected: at,
      why: "its own",
    },
    {
      line: `{"reason":"\\"time\\":\\"1999\\"","time":"${time}"}`,
      expected: at,
      why: "not a text",
    },
    { line: `{"\\u0074ime":"${time}"}`, expected: at, why: "an escaped key" },
    { line: `{"time":"2026-01-02T03:04:05.67\\u0038Z"}`, expected: at, why: "an escaped value" },
    { line: '{"kind":"time"}', expected: none, why: "a value is no key" },
    { line: '{"time":5}', expected: none, why: "no text" },
    { line: '{"time":"yesterday"}', expected: none, why: "no time" },
    { line: '{"time":"', expected: none, why: "cut off" },
    { line: "not json", expected: none, why: "no JSON" },
  ])("is found or known to be absent: $why", ({ line, expected }) => {
    expect(timeOfLine(Buffer.from(line))).toBe(expected);
  });

  it("is what parsing the line gives, whatever else it holds", () => {
    const name = fc.string().filter((text) => text !== "time" && text !== "__proto__");
    const moment = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) });
    const line = fc.tuple(fc.dictionary(name, fc.jsonValue()), moment);
    fc.assert(
      fc.property(line, ([others, date]) => {
        const text = JSON.stringify({ ...others, time: date.toISOString() });
        expect(timeOfLine(Buffer.from(text))).toBe(parseRfc3339(date.toISOString()));
      }),
    );
  });
});
