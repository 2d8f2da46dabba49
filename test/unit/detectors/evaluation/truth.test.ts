/** What a truth file may leave out, and what is refused. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTruth, TruthError } from "../../../../detectors/evaluation/truth.ts";
import { withFolder } from "../../../helpers/store.ts";

const period = { start: "2024-01-01T00:00:00Z", end: "2024-01-21T00:00:00Z" };
const at = (day: number) => Date.UTC(2024, 0, day);

async function read(document: unknown, testFrom?: number) {
  return await withFolder(async (folder) => {
    const path = join(folder, "truth.json");
    writeFileSync(path, JSON.stringify(document));
    return readTruth(path, testFrom);
  });
}

describe("the test period", () => {
  it.each([
    { why: "is the last half of the period", own: {}, from: undefined, start: 11 },
    {
      why: "begins where the truth says",
      own: { test_start: "2024-01-08T00:00:00Z" },
      from: undefined,
      start: 8,
    },
    {
      why: "begins where whoever asks says",
      own: { test_start: "2024-01-08T00:00:00Z" },
      from: at(15),
      start: 15,
    },
  ])("$why", async ({ own, from, start }) => {
    const truth = await read({ period: { ...period, ...own }, episodes: [] }, from);
    expect(truth.test).toEqual({ start: at(start), end: at(21) });
  });
});

it.each([at(21), at(22)])(
  "a test that begins at %d, when the period is over, is refused",
  async (from) => {
    await expect(read({ period, episodes: [] }, from)).rejects.toThrow(
      /expected a start of the test before 2024-01-21T00:00:00Z/,
    );
  },
);

it("an episode needs no variant, and marked periods come along", async () => {
  const truth = await read({
    period,
    periods: [{ kind: "holiday", start: "2024-01-15T00:00:00Z", end: "2024-01-16T00:00:00Z" }],
    episodes: [{ id: "one", scenario: "bulk", malicious_event_ids: ["m1"], agent_ids: ["a"] }],
  });
  expect(truth.periods).toEqual([{ kind: "holiday", start: at(15), end: at(16) }]);
  expect(truth.episodes).toEqual([{ id: "one", scenario: "bulk", variant: "", eventIds: ["m1"] }]);
});

it("a document of another shape is refused with the place, never the value", async () => {
  const refused = read({ period, episodes: [{ id: "secret-value", scenario: 7 }] });
  await expect(refused).rejects.toThrow(TruthError);
  await expect(refused).rejects.toThrow("episodes.0.scenario");
  await expect(refused).rejects.not.toThrow("secret-value");
  expect(() => readTruth("no-such-file.json")).toThrow(TruthError);
});
