import { coversEvidence } from "../../../../detectors/suppression/suppression.ts";
import type { ExposureKind } from "../../../../ingest/vocabulary/exposure.ts";

const token = "7d0f3f4e-0000-4000-8000-000000000001";
const scope = { detectors: [], agentId: "", subjectToken: token, tenant: "", team: "" };
const cited = (exposure: ExposureKind | undefined, subject = token) => ({
  eventId: `${exposure}-${subject}`,
  exposure,
  team: "",
  subjectTokens: [subject],
  tenants: [""],
});
const exposed = (counts: Partial<Record<ExposureKind, number>>) => ({
  exposure: { searched: 0, displayed: 0, revealed: 0, exported: 0, ...counts },
});

describe("a suppression of one subject", () => {
  it("covers an alert that exposed that subject only, in one way or in several", () => {
    const searched = exposed({ searched: 1, displayed: 1 });
    expect(coversEvidence(scope, exposed({ displayed: 1 }), [cited("displayed")])).toBe(true);
    expect(coversEvidence(scope, searched, [cited("displayed"), cited("searched")])).toBe(true);
  });

  it("covers none that exposed somebody in a way of which nothing is cited: it may be another", () => {
    const searched = exposed({ searched: 1, displayed: 1 });
    expect(coversEvidence(scope, searched, [cited("displayed")])).toBe(false);
  });

  it("covers none that exposed more than one, or cites another", () => {
    const other = cited("displayed", "7d0f3f4e-0000-4000-8000-000000000002");
    expect(coversEvidence(scope, exposed({ displayed: 2 }), [cited("displayed")])).toBe(false);
    expect(coversEvidence(scope, exposed({ displayed: 1 }), [cited("displayed"), other])).toBe(
      false,
    );
  });
});
