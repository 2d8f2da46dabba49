import fc from "fast-check";
import { decodeCursor, encodeCursor } from "../../../api/cursor.ts";

const place = fc.array(fc.oneof(fc.string(), fc.maxSafeInteger()), { maxLength: 8 });
const filters = fc.dictionary(fc.string(), fc.jsonValue());

describe("cursors", () => {
  it("give back the place under the filters that they were made under", () => {
    fc.assert(
      fc.property(filters, place, (filter, at) => {
        const reading = decodeCursor(filter, encodeCursor(filter, at));
        expect(reading).toEqual({ kind: "place", place: at });
      }),
    );
  });

  it("never throw, and take no text that was not made by encodeCursor", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), fc.string(), (text, tail) => {
        expect(decodeCursor({}, text).kind).toBe("invalid");
        expect(decodeCursor({}, `${text}.${tail}`).kind).toBe("invalid");
      }),
    );
  });

  it("notice every changed character", () => {
    const cursor = encodeCursor({ a: 1 }, [1_700_000_000_000, "a-1"]);
    for (let index = 0; index < cursor.length - 1; index += 1) {
      const other = cursor[index] === "A" ? "B" : "A";
      const changed = cursor.slice(0, index) + other + cursor.slice(index + 1);
      expect(decodeCursor({ a: 1 }, changed)).toEqual({ kind: "invalid" });
    }
  });

  it("do not fit other filters", () => {
    const cursor = encodeCursor({ status: ["open"] }, [1, "a"]);
    expect(decodeCursor({ status: ["resolved"] }, cursor)).toEqual({ kind: "mismatch" });
  });
});
