import { createStatementMac } from "../../../../ingest/ledger/statement-mac.ts";

const mac = createStatementMac([{ version: 1, bytes: Buffer.alloc(32, 2) }]);
const place = { source: "service:w", offset: 4 };
/** As a version wrote it that asked nobody for a reason. */
const earlier = ["r1", 5, "key:k", "viewer", "/v1/events", ["a1"], [], [], [], "", null, 7];

describe("a question that an earlier version put down", () => {
  const vouched = mac.macOf("reads", place, earlier);

  it("counts as it did once the table has a place for reasons", () => {
    expect(mac.isAuthentic("reads", place, [...earlier, "", vouched])).toBe(true);
    expect(mac.macOf("reads", place, [...earlier, ""])).toBe(vouched);
  });

  it("does not count with a reason that was put beside it", () => {
    expect(mac.isAuthentic("reads", place, [...earlier, "case 7", vouched])).toBe(false);
  });

  it("is another one than the same with a reason, which does not count without it", () => {
    const reasoned = mac.macOf("reads", place, [...earlier, "case 7"]);
    expect(mac.isAuthentic("reads", place, [...earlier, "case 7", reasoned])).toBe(true);
    expect(mac.isAuthentic("reads", place, [...earlier, "", reasoned])).toBe(false);
  });
});

describe("a question about an incident", () => {
  const whole = [...earlier, "", "i1"];
  const vouched = mac.macOf("reads", place, whole);

  it("leaves those about none as versions without incidents put them down", () => {
    expect(mac.macOf("reads", place, [...earlier, "", ""])).toBe(
      mac.macOf("reads", place, earlier),
    );
    const reasoned = mac.macOf("reads", place, [...earlier, "case 7"]);
    expect(mac.macOf("reads", place, [...earlier, "case 7", ""])).toBe(reasoned);
  });

  it("is another one than the same with a reason, or without the incident", () => {
    expect(mac.isAuthentic("reads", place, [...whole, vouched])).toBe(true);
    expect(mac.isAuthentic("reads", place, [...earlier, "case 7", "i1", vouched])).toBe(false);
    expect(mac.isAuthentic("reads", place, [...earlier, "", "", vouched])).toBe(false);
    expect(mac.isAuthentic("reads", place, [...earlier, "i1", "", vouched])).toBe(false);
  });
});

describe("a key that an earlier version made", () => {
  const key = ["k1", 1, "reporting", "viewer", "ab".repeat(32), 5, null, null];
  const vouched = mac.macOf("api_keys", place, key);

  it("counts as it did, and not with a maker that was put beside it", () => {
    expect(mac.isAuthentic("api_keys", place, [...key, "", vouched])).toBe(true);
    expect(mac.isAuthentic("api_keys", place, [...key, "key:other", vouched])).toBe(false);
  });

  it("is another one than the same with its maker, who cannot be taken out of it", () => {
    const made = mac.macOf("api_keys", place, [...key, "key:maker"]);
    expect(mac.isAuthentic("api_keys", place, [...key, "key:maker", made])).toBe(true);
    expect(mac.isAuthentic("api_keys", place, [...key, "", made])).toBe(false);
  });
});
