import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toldAlerts } from "../../../helpers/told-alerts.ts";

it("the explanations in the detector author's documents are those of today's engine", async () => {
  const shipped = join(__dirname, "../../../../detectors/explanations.md");
  expect(readFileSync(shipped, "utf8")).toBe(await toldAlerts());
}, 300_000);
