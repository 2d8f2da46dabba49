/** Writes `detectors/explanations.md` anew. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { toldAlerts } from "./told-alerts.ts";

writeFileSync(join(import.meta.dirname, "../../detectors/explanations.md"), await toldAlerts());
