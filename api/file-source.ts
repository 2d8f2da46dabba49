/** Files as a source of a running system: stored first, then scored, in one order. */
import { join } from "node:path";
import type { Detection } from "../detectors/main.ts";
import type { InputOrigin } from "../detectors/runner/engine-journal.ts";
import type { Store } from "../ingest/clickhouse/client.ts";
import { createInbox } from "../ingest/files/inbox.ts";
import {
  type FileSegment,
  type LoadProgress,
  type LoadResult,
  loadFiles,
} from "../ingest/files/load.ts";
import type { AuditStore } from "../ingest/pipeline/audit-store.ts";
import type { Context } from "./context.ts";

export interface FileSource {
  readonly context: Context;
  readonly store: Store;
  readonly auditStore: AuditStore;
  /** `undefined`: files are stored and not scored here. */
  readonly detection: Detection | undefined;
  readonly origin: InputOrigin;
}

export interface FileRequest {
  readonly files: readonly string[];
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignal;
}

/** Hands stored segments to detection, but for those that it has had before. */
export const scoreStored =
  ({ detection, origin }: Pick<FileSource, "detection" | "origin">) =>
  async (segments: readonly FileSegment[]): Promise<void> => {
    if (detection === undefined) return;
    for (const segment of segments) {
      if ((detection.endOf(segment.source, segment.partition) ?? 0) >= segment.end) continue;
      await detection.feed({ ...segment, origin });
    }
  };

/** Stores and scores files; the same errors as `loadFiles`. Doing it again changes nothing. */
export async function takeInFiles(source: FileSource, request: FileRequest): Promise<LoadResult> {
  const { context, auditStore, store } = source;
  const result = await loadFiles({
    ...request,
    auditStore,
    store,
    config: context.config,
    clock: context.clock,
    onStored: scoreStored(source),
  });
  await source.detection?.drain();
  return result;
}

const inboxPollMs = 250;

export const inboxFolderOf = (dataDir: string): string => join(dataDir, "inbox");

/** Takes in every file that is renamed into the inbox, until the context stops. */
export async function startInbox(source: FileSource): Promise<void> {
  const { context } = source;
  const inbox = createInbox({
    folder: inboxFolderOf(context.config.dataDir),
    load: async (path, signal) => {
      await source.detection?.start();
      await takeInFiles(source, { files: [path], signal });
    },
    log: context.log,
    pollMs: inboxPollMs,
  });
  await inbox.start();
  context.lifecycle.onStop("inbox", inbox.stop);
}
