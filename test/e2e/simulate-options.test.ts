/** Options of `simulate` that would change nothing are refused rather than passed over. */
import { runCli } from "../helpers/cli-process.ts";

describe("wrong usage of simulate exits with 2 and says which", () => {
  it.each([
    {
      why: "a misuse for an organisation that has its own",
      args: ["--evaluation", "1", "--misuse", "canary-touch"],
      says: "cannot be used with option '--misuse",
    },
    {
      why: "a length for an organisation that has its own",
      args: ["--organisation", "7", "--days", "9"],
      says: "cannot be used with option '--days",
    },
    {
      why: "a desk of one's own without attacks",
      args: ["--no-attacks", "--misuse", "canary-touch"],
      says: "--no-attacks: expected --organisation or --evaluation",
    },
  ])("$why", ({ args, says }) => {
    const { code, stderr } = runCli(["simulate", ...args, "--out", "/dev/null"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) });
  });
});
