/** A whole organisation as `evaluate` reads it: written as files, decoded and tokenised, with its truth and lists. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ReadStream, readLabelledFiles } from "../../api/cli/labelled-files.ts";
import { labelOrganisation } from "../../ingest/simulator/organisation.ts";
import type { DrawnOrganisation } from "../../ingest/simulator/organisation-draw.ts";
import { testContext } from "./context.ts";

/** Without attacks it is the same organisation, event by event, in which nobody misuses anything. */
export async function readOrganisation(
  { organisation, episodes }: DrawnOrganisation,
  hasAttacks = true,
): Promise<ReadStream> {
  const { events, truth } = labelOrganisation(organisation, hasAttacks ? episodes : []);
  const folder = mkdtempSync(join(tmpdir(), "deskwatch-organisation-"));
  try {
    const [path, truthPath] = [join(folder, "events.ndjson"), join(folder, "truth.json")];
    writeFileSync(path, [...events].map((event) => `${JSON.stringify(event)}\n`).join(""));
    writeFileSync(truthPath, JSON.stringify(truth));
    const files = { events: [path], truth: truthPath, lists: truthPath, testFrom: undefined };
    return await readLabelledFiles(testContext(folder), files);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
