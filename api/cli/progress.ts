/** A progress bar on standard error, for a person; nothing when no terminal is there. */
import cliProgress from "cli-progress";
import type { LoadProgress } from "../../ingest/files/load.ts";

export interface ProgressBar {
  readonly update: (progress: LoadProgress) => void;
  readonly stop: () => void;
}

const openBar = (format: string) =>
  new cliProgress.SingleBar({
    format,
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    barsize: 30,
  });

/** Runs that each take a while. */
export function openRunsBar(title: string) {
  const bar = openBar(`${title} [{bar}] run {value} of {total}`);
  let isStarted = false;
  return {
    update: (done: number, total: number): void => {
      if (!isStarted) bar.start(total, done);
      isStarted = true;
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

export function openProgressBar(title: string): ProgressBar {
  const bar = openBar(`${title} [{bar}] {percentage}%  {records} records`);
  bar.start(1, 0, { records: 0 });
  return {
    update: ({ bytesRead, bytesTotal, records }) => {
      bar.setTotal(bytesTotal);
      bar.update(bytesRead, { records });
    },
    stop: () => bar.stop(),
  };
}
