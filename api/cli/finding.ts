/** One thing that `deskwatch doctor` has looked at. */
export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "failed" | "off";
  readonly detail: string;
  /** Empty when nothing needs doing. */
  readonly advice: string;
}

export function lineOf({ check, state, detail, advice }: Finding): string {
  const head = `${state.padEnd(8)} ${check}: ${detail}`;
  return advice === "" ? head : `${head}\n         → ${advice}`;
}

export const ok = (check: string, detail: string): Finding => ({
  check,
  state: "ok",
  detail,
  advice: "",
});

export const failed = (check: string, error: unknown, advice: string): Finding => ({
  check,
  state: "failed",
  detail: error instanceof Error ? error.message : "unknown failure",
  advice,
});
