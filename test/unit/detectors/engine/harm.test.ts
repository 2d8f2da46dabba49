import { harmOf, riskOf, severityOf } from "../../../../detectors/engine/harm.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";

const weights = defaultParameters.severity;

describe("harm of what was exposed", () => {
  it.each([
    { why: "one displayed record", kind: "displayed", fields: [], subjects: 1, severity: "low" },
    { why: "three searched people", kind: "searched", fields: [], subjects: 3, severity: "medium" },
    {
      why: "one revealed code",
      kind: "revealed",
      fields: ["sms_code"],
      subjects: 1,
      severity: "medium",
    },
    {
      why: "three revealed codes",
      kind: "revealed",
      fields: ["sms_code"],
      subjects: 3,
      severity: "high",
    },
    {
      why: "a page of fifty",
      kind: "displayed",
      fields: ["phone"],
      subjects: 50,
      severity: "medium",
    },
    {
      why: "fifty payment records",
      kind: "displayed",
      fields: ["payment"],
      subjects: 50,
      severity: "high",
    },
    {
      why: "650 displayed",
      kind: "displayed",
      fields: ["phone"],
      subjects: 650,
      severity: "critical",
    },
  ] as const)("grades $why as $severity", ({ kind, fields, subjects, severity }) => {
    expect(severityOf(weights, harmOf(weights, { fields }, kind, subjects))).toBe(severity);
  });

  it("gives a risk of 0 to 100 that grows with harm and with evidence", () => {
    expect(riskOf(0, 0)).toBe(0);
    expect(riskOf(1e9, 1e300)).toBe(100);
    expect(riskOf(100, 500)).toBeGreaterThan(riskOf(10, 500));
    expect(riskOf(100, 5000)).toBeGreaterThan(riskOf(100, 500));
  });
});
