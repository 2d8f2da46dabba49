/** Raw identifiers of a store at rest, as whoever has to notify or to erase people types it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ann, bob, view } from "../helpers/audit-store.ts";
import { eventually, runCli, startCli } from "../helpers/cli-process.ts";
import { withFolder } from "../helpers/store.ts";

const minute = 60_000;
jest.setTimeout(5 * minute);

const bootstrapKey = "bootstrap-key-of-the-e2e-test";
const settingsOf = (folder: string) => ({
  DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
  DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
  DESKWATCH_DATA_DIR: join(folder, "data"),
  DESKWATCH_LOG_LEVEL: "error",
  DESKWATCH_PORT: "0",
  DESKWATCH_BOOTSTRAP_API_KEY: bootstrapKey,
});

/** A folder with two people in its store; `run` gives exit code, output and errors. */
async function withPeople(
  body: (settings: Record<string, string>, run: (...args: string[]) => string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const settings = settingsOf(folder);
    const run = (...args: string[]): string => {
      const { code, stdout, stderr } = runCli(args, settings);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: expect.any(String) });
      return stdout.trim();
    };
    const file = join(folder, "events.ndjson");
    writeFileSync(file, `${JSON.stringify({ ...view, subjects: [ann, bob] })}\n`);
    run("load", "--in", file);
    await body(settings, run);
  });
}

const tokenOf = (settings: Record<string, string>, { type, id }: { type: string; id: string }) =>
  runCli(["subject", "lookup", "--type", type], settings, `${id}\n`).stdout.trim();

const why = ["--reason", "request 12"];

describe("deskwatch subject", () => {
  it("reveals on record, erases for good, and leaves what verifies and stays erased", () =>
    withPeople(async (settings, run) => {
      const [annToken, bobToken] = [tokenOf(settings, ann), tokenOf(settings, bob)];
      const both = ["--token", annToken, bobToken, ...why, "--json"];
      const revealed = { subject_token: bobToken, state: "revealed" };
      const bobs = { ...revealed, type: "email", id: "bob@example.com" };
      expect(JSON.parse(run("subject", "reveal", ...both))).toEqual([
        { subject_token: annToken, state: "revealed", type: "phone", id: "+15550100" },
        bobs,
      ]);
      const hold = run("hold", "place", "--subject-token", annToken, "--reason", "case 7");
      const refused = runCli(["subject", "erase", ...both], settings);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(annToken) });
      run("hold", "release", hold);
      expect(run("subject", "erase", "--token", annToken, ...why)).toContain("erased");
      expect(JSON.parse(run("subject", "reveal", ...both))).toMatchObject([
        { subject_token: annToken, state: "erased", id: null },
        bobs,
      ]);
      expect(JSON.parse(run("subject", "erasures", "--json"))).toMatchObject([
        { subject_token: annToken, reason: "request 12", principal: "command", authentic: true },
      ]);
      expect(run("verify")).toContain("no discrepancy");
      await asServed(settings, annToken);
      expect(run("verify")).toContain("no discrepancy");
    }));

  it("names what is wrong, and reveals and erases nobody", () =>
    withPeople(async (settings) => {
      const token = tokenOf(settings, ann);
      const wrong = [
        ["reveal", "--token", token],
        ["reveal", ...why],
        ["reveal", "--token", "+15550100", ...why],
        ["erase", "--token", token, "--reason", " "],
        ["lookup", "--type", "telephone"],
        ["lookup", "--type", "phone"],
      ];
      for (const args of wrong) {
        const { code, stdout, stderr } = runCli(["subject", ...args], settings);
        expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: "" });
        expect(stderr).not.toContain("5550100");
      }
    }));
});

/** What was done at rest, over the API: the reveals with who and why, the erasure, and that it holds. */
async function asServed(settings: Record<string, string>, token: string): Promise<void> {
  const service = startCli(["up"], settings);
  try {
    const [url = ""] = await eventually(
      () => /http:\/\/\S+?(?=;)/.exec(service.said()) ?? undefined,
      minute,
    );
    const headers = { Authorization: `Bearer ${bootstrapKey}`, "Content-Type": "application/json" };
    const reads = await fetch(`${url}/v1/reads?subject_token=${token}`, { headers });
    const asked = {
      ...{ route: "/v1/subjects/reveal", principal: "command" },
      ...{ reason: "request 12", authentic: true },
    };
    expect(await reads.json()).toMatchObject({ items: [asked, asked] });
    const answer = await fetch(`${url}/v1/subjects/reveal`, {
      method: "POST",
      headers,
      body: JSON.stringify({ subject_tokens: [token], reason: "request 13" }),
    });
    expect(await answer.json()).toMatchObject({ items: [{ state: "erased", id: null }] });
    const elsewhere = runCli(["subject", "reveal", "--token", token, ...why], settings);
    expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining("POST /v1/sub") });
  } finally {
    service.kill("SIGTERM");
    expect(await service.ended).toBe(0);
  }
}
