/** A progress bar on standard error, for a person; nothing when no terminal is there. */
import cliProgress from "cli-progress";
import type { LoadProgress } from "../../ingest/files/load.ts";

export interface ProgressBar {
  readonly update: (progress: LoadProgress) => void;
  readonly stop: () => void;
}

export function openProgressBar(title: string): ProgressBar {
  const bar = new cliProgress.SingleBar({
    format: `${title} [{bar}] {percentage}%  {records} records`,
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    barsize: 30,
  });
  bar.start(1, 0, { records: 0 });
  return {
    update: ({ bytesRead, bytesTotal, records }) => {
      bar.setTotal(bytesTotal);
      bar.update(bytesRead, { records });
    },
    stop: () => bar.stop(),
  };
}
