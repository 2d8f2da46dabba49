/** A file of events, stored and scored as a whole. */
import { z } from "zod";
import { takeInFiles } from "../../api/file-source.ts";
import { type Alert, alertSchema } from "../../detectors/alert.ts";
import { createDetection } from "../../detectors/main.ts";
import { readSubjectLists, type SubjectLists } from "../../detectors/subject-lists.ts";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { testContext } from "./context.ts";

interface Scored {
  /** Of the events and of the subject lists. */
  readonly path: string;
  readonly lists: string;
  readonly changes?: Parameters<typeof testContext>[1];
}

/** Stores and scores it; its subject lists. */
export async function storeScored(
  store: Store,
  folder: string,
  { path, lists, changes = {} }: Scored,
): Promise<SubjectLists> {
  const context = testContext(folder, changes);
  const auditStore = createAuditStore({ ...context, store });
  await auditStore.warm();
  const tokenizer = createTokenizer(parseKey("test", context.config.tokenKey));
  const given = { lists: readSubjectLists(lists, tokenizer), durable: false };
  const detection = createDetection({ ...context, store, ...given });
  await detection.start();
  const source = { context, store, auditStore, detection, origin: "backfill" } as const;
  const signal = new AbortController().signal;
  await takeInFiles(source, { files: [path], signal, onProgress: () => undefined });
  await detection.stop();
  return given.lists;
}

const bodyRow = z.object({ body: z.string() });

export async function storedAlerts(store: Store): Promise<Alert[]> {
  const rows = await store.reader.query("SELECT body FROM alerts FINAL ORDER BY alert_id", {});
  return rows.map((row) => alertSchema.parse(JSON.parse(bodyRow.parse(row).body)));
}
