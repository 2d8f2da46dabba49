import fc from "fast-check";
import {
  type ExposureTally,
  emptyTally,
  kindIndex,
  mergeTallies,
  noteSubject,
  packTally,
  unpackTally,
} from "../../../../detectors/engine/exposure-tally.ts";
import {
  beliefOf,
  harmOf,
  riskOf,
  sensitivityOf,
  severityOf,
  standings,
} from "../../../../detectors/engine/harm.ts";
import { createPacker, createUnpacker } from "../../../../detectors/engine/packing.ts";
import { subjectListOf } from "../../../../detectors/engine/subject-list.ts";
import { parseParameters } from "../../../../detectors/parameters/parameter-file.ts";
import { subjectToken, tenantId } from "../../../../ingest/vocabulary/brand.ts";
import type { FieldClass, Subject } from "../../../../ingest/vocabulary/event.ts";
import { type ExposureKind, exposureKinds } from "../../../../ingest/vocabulary/exposure.ts";

const { severity: weights } = parseParameters("f", "severity: { tenants: { bank: 4, shop: 2 } }");

const tokenOf = (n: number) =>
  subjectToken(`${String(n).padStart(8, "0")}-0000-4000-8000-000000000000`);
const subjectOf = (n: number, tenant?: string): Subject => ({
  token: tokenOf(n),
  type: "account",
  tenant: tenant === undefined ? undefined : tenantId(tenant),
});
const standingOf = standings(weights, subjectListOf([{ token: tokenOf(1), tenant: undefined }]));

interface Shown {
  readonly subject: Subject;
  readonly kind: ExposureKind;
  readonly fields: readonly FieldClass[];
}

function note(tally: ExposureTally, { subject, kind, fields }: Shown): ExposureTally {
  const how = { kind: kindIndex(kind), sensitivity: sensitivityOf({ fields }), standingOf };
  noteSubject(tally, subject, how, { subjects: 0, inKind: 0 });
  return tally;
}
const tallyOf = (shown: readonly Shown[]) => shown.reduce(note, emptyTally());
const harmIn = (shown: readonly Shown[]) => harmOf(weights, tallyOf(shown));

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
    const all = Array.from({ length: subjects }, (_, n) => subjectOf(10 + n));
    expect(severityOf(weights, harmIn(all.map((subject) => ({ subject, kind, fields }))))).toBe(
      severity,
    );
  });

  it("counts a subject once in each way, by the worst field that it so showed", () => {
    const subject = subjectOf(10);
    const views: readonly Shown[] = [
      { subject, kind: "displayed", fields: ["name"] },
      { subject, kind: "displayed", fields: ["name", "payment"] },
      { subject, kind: "revealed", fields: ["phone"] },
      { subject, kind: "revealed", fields: ["sms_code"] },
    ];
    // Displayed 1 × 2 for payment, revealed 10 × 3 for the code.
    expect(harmIn(views)).toBe(32);
    expect(harmIn(views.toReversed())).toBe(32);
    expect(harmIn([...views, ...views])).toBe(32);
  });

  it.each([
    { why: "of the watch list", subject: subjectOf(1), times: 3 },
    { why: "of a tenant that weighs more", subject: subjectOf(2, "bank"), times: 4 },
    { why: "of another tenant", subject: subjectOf(2, "toString"), times: 1 },
    { why: "of both", subject: subjectOf(1, "bank"), times: 12 },
  ])("counts a subject $why $times times", ({ subject, times }) => {
    expect(harmIn([{ subject, kind: "searched", fields: [] }])).toBe(5 * times);
  });

  it("counts beyond the subjects that are remembered, too", () => {
    const all = Array.from({ length: 5_100 }, (_, n) => subjectOf(10 + n));
    expect(harmIn(all.map((subject) => ({ subject, kind: "exported", fields: [] })))).toBe(10_200);
  });

  const fields: readonly FieldClass[] = ["name", "address", "credentials"];
  const anyShown = fc.record({
    subject: fc
      .tuple(fc.nat(6), fc.constantFrom(undefined, "bank", "shop"))
      .map(([n, tenant]) => subjectOf(n, tenant)),
    kind: fc.constantFrom(...exposureKinds),
    fields: fc.subarray([...fields]),
  });

  it("is the same in whatever order, and over whatever windows, it was exposed", () => {
    fc.assert(
      fc.property(fc.array(anyShown), fc.nat(), fc.nat(), (shown, cut, turn) => {
        const whole = tallyOf(shown);
        const turned = [...shown.slice(turn % 7), ...shown.slice(0, turn % 7)].toReversed();
        const parts = [tallyOf(turned.slice(0, cut % 9)), tallyOf(turned.slice(cut % 9))];
        const joined = emptyTally();
        for (const part of [...parts, ...parts]) mergeTallies(joined, part);
        expect(new Map([...joined.subjects].toSorted())).toEqual(
          new Map([...whole.subjects].toSorted()),
        );
        expect(joined.distinct).toEqual(whole.distinct);
        expect(harmOf(weights, joined)).toBe(harmOf(weights, whole));
      }),
    );
  });

  it("of more than are remembered does not grow with how often a window is told", () => {
    const windowOf = (from: number) =>
      tallyOf(
        Array.from({ length: 4_000 }, (_, n): Shown => {
          return { subject: subjectOf(from + n), kind: "exported", fields: [] };
        }),
      );
    const parts = [windowOf(10_000), windowOf(20_000)];
    const alert = emptyTally();
    for (const part of [...parts, ...parts, ...parts]) mergeTallies(alert, part);
    expect(alert.distinct[kindIndex("exported")]).toBe(5_000);
    expect(harmOf(weights, alert)).toBe(10_000);
  });

  it("is the same after a restart", () => {
    fc.assert(
      fc.property(fc.array(anyShown), fc.boolean(), (shown, isTwice) => {
        const tally = tallyOf(shown);
        const packer = createPacker();
        const before: ExposureTally[] = [];
        packTally(packer, tally, before);
        if (isTwice) packTally(packer, tally, before);
        const unpacker = createUnpacker();
        unpacker.open(packer.take());
        const after: ExposureTally[] = [];
        expect(unpackTally(unpacker, after)).toEqual(tally);
        if (isTwice) expect(unpackTally(unpacker, after)).toEqual(tally);
        expect(unpacker.isAtEnd()).toBe(true);
      }),
    );
  });
});

describe("belief", () => {
  it("is a half where the evidence is as large as the odds against, and whole for a fact", () => {
    expect(beliefOf({ odds_against: 50 }, 50)).toBe(0.5);
    expect(beliefOf({ odds_against: 50 }, 450)).toBe(0.9);
    expect(beliefOf({ odds_against: 50 }, null)).toBe(1);
    expect(beliefOf({ odds_against: 0 }, 3)).toBe(1);
  });
});

describe("risk", () => {
  it("is 0 to 100 and grows with harm and with evidence", () => {
    expect(riskOf(0, 0)).toBe(0);
    expect(riskOf(1e9, 1e300)).toBe(100);
    expect(riskOf(100, 500)).toBeGreaterThan(riskOf(10, 500));
    expect(riskOf(100, 5000)).toBeGreaterThan(riskOf(100, 500));
  });
});
