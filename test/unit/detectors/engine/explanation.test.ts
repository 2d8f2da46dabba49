import { amountInWords } from "../../../../detectors/engine/explanation.ts";
import { openRegistry } from "../../../../detectors/registry.ts";

describe("an amount in words", () => {
  it.each([
    [2, "exports", "2 exports"],
    [0, "exports", "0 exports"],
    [1, "exports", "1 export"],
    [1, "accesses after the agent had left", "1 access after the agent had left"],
    [1, "searches without own work found nobody", "1 search without own work found nobody"],
    [1, "touches of canary records", "1 touch of a canary record"],
    [
      1,
      "secrets of watch-listed subjects revealed without a ticket",
      "1 secret of a watch-listed subject revealed without a ticket",
    ],
    [1, "pages of up to fifty further subjects", "1 page of up to fifty further subjects"],
    [1, "records or pages opened at night", "1 record or page opened at night"],
    [1, "subjects opened belong to customers", "1 subject opened belongs to customers"],
    [
      1,
      "subjects opened were reached through tickets",
      "1 subject opened was reached through tickets",
    ],
    [1, "subjects whose secrets were revealed", "1 subject whose secrets were revealed"],
    [1, "hours with work were hours at which", "1 hour with work was one at which"],
    [1, "working days", "1 working day"],
  ])("%d %s: %s", (amount, unit, expected) => {
    expect(amountInWords(amount, unit)).toBe(expected);
  });

  it("has a singular for whatever a detector counts", () => {
    const units = openRegistry().flatMap(({ counting }) =>
      [...(counting?.counts ?? []), ...(counting?.trials ?? [])].map(({ unit }) => unit),
    );
    expect(units.filter((unit) => amountInWords(1, unit) === `1 ${unit}`)).toEqual([]);
  });
});
