import { createEngine } from "../../../../detectors/engine/engine.ts";
import { deskStart, access as event, subject } from "../../../helpers/support-desk.ts";

const listed = subject("listed");
const list = [{ token: listed.token, tenant: undefined }];

/** What is told of the alert of so many accesses to the listed subject within one session. */
function toldOf(times: number, lists: { canaries?: typeof list; watchlist?: typeof list }) {
  const engine = createEngine({
    falseAlertsPer100AgentDays: 1,
    canaries: [],
    watchlist: [],
    ...lists,
  });
  const changes = Array.from({ length: times }, (_, n) =>
    engine.step(
      event({
        ...{ id: `e${n}`, at: deskStart + n * 60_000, agent: "agent-1", session: "s" },
        ...{ action: "reveal", fields: ["sms_code"], subjects: [listed] },
      }),
    ),
  );
  const last = changes.at(-1)?.[0]?.alert;
  return { title: last?.title, told: last?.explanation, observed: last?.reasons[0]?.observed };
}

describe("the sentence of a policy fact", () => {
  it("tells as many as the reason counts, and the newest", () => {
    const { title, told, observed } = toldOf(5, { canaries: list });
    expect(observed).toBe(5);
    expect(title).toBe("Canary record touched: 5 touches of canary records");
    expect(told).toMatch(/^5 touches of canary records\. A canary record was revealed; no work/);
  });

  it("is the fact alone where there is one of it", () => {
    const { title, told } = toldOf(1, { canaries: list });
    expect(title).toBe("Canary record touched: 1 touch of a canary record");
    expect(told).toMatch(/^A canary record was revealed; no work leads to it\./);
  });

  it("calls secrets of one subject no several subjects", () => {
    const { title, told } = toldOf(2, { watchlist: list });
    expect(title).toBe(
      "Secrets unmasked: 2 secrets of watch-listed subjects revealed without a ticket",
    );
    expect(told).toMatch(
      /^2 secrets of watch-listed subjects revealed without a ticket\. A secret/,
    );
  });
});
