import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpServer } from "../../../../../api/http-server.ts";
import { startWitness } from "../../../../../api/witness-server.ts";
import { createNoteSigner } from "../../../../../ingest/ledger/note-key.ts";
import { cosign, openNote } from "../../../../../ingest/ledger/signed-note.ts";
import {
  addCheckpointBytesMax,
  formatAddCheckpoint,
  parseAddCheckpoint,
} from "../../../../../ingest/ledger/witnesses/add-checkpoint.ts";
import { createHttpWitness } from "../../../../../ingest/ledger/witnesses/http-witness.ts";
import { epochMs } from "../../../../../ingest/vocabulary/brand.ts";
import { growingLog } from "../../../../helpers/growing-log.ts";
import { itKeepsItsPromises } from "./witness-promises.ts";

const { log, note, growth } = growingLog();
const signer = createNoteSigner("witness.example/w1", Buffer.alloc(32, 5), "cosignature");
const keys = [signer.verifierKey];
const now = epochMs(1_679_315_147_000);
const clock = { now: () => now };

describe("a witness behind HTTP", () => {
  const servers: HttpServer[] = [];
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deskwatch-witness-"));
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function start(context: string): Promise<string> {
    const path = join(folder, context.replaceAll(" ", "-"));
    const place = { host: "127.0.0.1", port: 0, path };
    const server = await startWitness({ ...place, log, signer, clock });
    servers.push(server);
    return server.url;
  }

  itKeepsItsPromises(async (context) => {
    const url = await start(`promise ${context}`);
    return createHttpWitness({ name: "http", url: `${url}/`, log, keys });
  });

  it("cosigns what it holds at the time of its clock", async () => {
    const witness = createHttpWitness({ name: "http", url: await start("cosigned"), log, keys });
    const result = await witness.hold(note(5), growth(0, 5));
    const cosignatures = result.kind === "held" ? result.cosignatures : [];
    const opened = openNote(note(5) + cosignatures.join(""), [...log.keys, ...keys]);
    expect(opened).toMatchObject({
      kind: "verified",
      signatures: [{ at: undefined }, { at: now, key: { name: "witness.example/w1" } }],
    });
  });

  const post = (url: string, body: string, path = "/add-checkpoint") =>
    fetch(url + path, { method: "POST", body });

  it.each([
    { why: "no form", body: "hello", status: 400 },
    { why: "no body", body: "", status: 400 },
    { why: "a growth beyond it", body: `old 6\n\n${note(5)}`, status: 400 },
    { why: "another key", body: `old 0\n\n${growingLog({ seed: 2 }).note(5)}`, status: 403 },
    { why: "another log", body: `old 0\n\n${growingLog({ origin: "o" }).note(5)}`, status: 404 },
    { why: "a size it has not", body: `old 3\n\n${note(5)}`, status: 409 },
    { why: "a proof from nothing", body: `old 0\n${"A".repeat(43)}=\n\n${note(5)}`, status: 422 },
    { why: "too many bytes", body: "x".repeat(addCheckpointBytesMax + 1), status: 413 },
  ])("answers $status to $why, as the specification says", async ({ body, status }) => {
    const url = await start(`status ${status} ${body.length}`);
    expect((await post(url, body)).status).toBe(status);
    expect((await fetch(`${url}/checkpoint`)).status).toBe(204);
  });

  it("tells the size that it holds beside its 409", async () => {
    const url = await start("conflict");
    expect((await post(url, `old 0\n\n${note(5)}`)).status).toBe(200);
    const answer = await post(url, `old 0\n\n${note(8)}`);
    expect(answer.status).toBe(409);
    expect(answer.headers.get("content-type")).toBe("text/x.tlog.size");
    expect(await answer.text()).toBe("5\n");
  });

  it("answers 404 to any other address and tells nothing about an error", async () => {
    const url = await start("other");
    const answer = await post(url, "", "/");
    expect([answer.status, await answer.text()]).toEqual([404, ""]);
  });
});

describe("the log's side of a witness behind HTTP", () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function serverOf(answer: RequestListener) {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}` };
  }

  async function witnessOver(answer: RequestListener, callMsMax?: number) {
    const { url } = await serverOf(answer);
    const limit = callMsMax === undefined ? {} : { callMsMax };
    return createHttpWitness({ name: "http", url, log, keys, ...limit });
  }

  /** Answers `add-checkpoint` so, and everything else with 404, as a public witness does. */
  const publicWitness =
    (status: number, body = "", type = "text/plain"): RequestListener =>
    (request, response) => {
      const isAdding = request.url === "/add-checkpoint";
      response.writeHead(isAdding ? status : 404, { "content-type": type });
      response.end(isAdding ? body : "");
    };

  const size = "text/x.tlog.size";
  const bad = { kind: "unreachable", reason: "bad_answer" };
  const stranger = createNoteSigner("witness.example/w1", Buffer.alloc(32, 6), "cosignature");
  const line = (of: typeof signer, over: number): string =>
    cosign(note(over).slice(0, note(over).indexOf("\n\n") + 1), of, now);

  it.each([
    { why: "a cosignature", answer: publicWitness(200, line(signer, 5)), result: { kind: "held" } },
    {
      why: "cosignatures of others too",
      answer: publicWitness(200, line(stranger, 5) + line(signer, 5)),
      result: { kind: "held", cosignatures: [line(signer, 5)] },
    },
    { why: "an unknown key's only", answer: publicWitness(200, line(stranger, 5)), result: bad },
    { why: "one over another tree", answer: publicWitness(200, line(signer, 4)), result: bad },
    { why: "200 and nothing", answer: publicWitness(200), result: bad },
    { why: "200 and a page", answer: publicWitness(200, "<html>"), result: bad },
    { why: "a redirect", answer: publicWitness(302), result: bad },
    { why: "500", answer: publicWitness(500), result: bad },
    {
      why: "an answer without end",
      answer: publicWitness(200, line(signer, 5).repeat(2_000)),
      result: bad,
    },
    {
      why: "a conflict with its size",
      answer: publicWitness(409, "7\n", `${size}; charset=utf-8`),
      result: { kind: "conflict", size: 7 },
    },
    {
      why: "a conflict without a size",
      answer: publicWitness(409, "7\n"),
      result: { kind: "conflict", size: undefined },
    },
    {
      why: "a conflict with a size that is none",
      answer: publicWitness(409, "-7\n", size),
      result: { kind: "conflict", size: undefined },
    },
  ])("takes $why for what it is", async ({ answer, result }) => {
    const witness = await witnessOver(answer);
    expect(await witness.hold(note(5), growth(0, 5))).toMatchObject(result);
  });

  it("knows of a public witness only what it said", async () => {
    let answer = publicWitness(409, "7\n", size);
    const witness = await witnessOver((request, response) => answer(request, response));
    expect(await witness.latest()).toEqual({ kind: "unknown" });
    await witness.hold(note(5), growth(0, 5));
    expect(await witness.latest()).toEqual({ kind: "size", size: 7 });
    expect(await witness.history()).toEqual({ kind: "history", checkpoints: [] });
    answer = publicWitness(200, line(signer, 9));
    await witness.hold(note(9), growth(7, 9));
    expect(await witness.latest()).toMatchObject({ kind: "checkpoint", checkpoint: { size: 9 } });
    answer = publicWitness(409, "0\n", size);
    await witness.hold(note(9), growth(9, 9));
    expect(await witness.latest()).toEqual({ kind: "empty" });
  });

  it("takes no signature of the log itself for a cosignature", async () => {
    const { url } = await serverOf(publicWitness(200));
    const witness = createHttpWitness({ name: "http", url, log, keys: [...keys, ...log.keys] });
    expect(await witness.hold(note(5), growth(0, 5))).toEqual(bad);
  });

  it("does not believe a checkpoint that the log has not signed", async () => {
    const witness = await witnessOver((_request, response) => {
      response.end(growingLog({ seed: 2 }).note(5));
    });
    expect(await witness.latest()).toEqual(bad);
  });

  it("waits no longer than it may, for the head of an answer and for its body", async () => {
    const unanswered = await witnessOver(() => undefined, 50);
    const timeout = { kind: "unreachable", reason: "timeout" };
    expect(await unanswered.hold(note(5), growth(0, 5))).toMatchObject(timeout);
    const halfAnswered = await witnessOver((_request, response) => {
      response.writeHead(200);
      response.write("— ");
    }, 50);
    expect(await halfAnswered.hold(note(5), growth(0, 5))).toMatchObject(timeout);
    expect(await halfAnswered.latest()).toMatchObject(timeout);
  });

  it("says that nobody is there", async () => {
    const witness = await witnessOver(() => undefined);
    await closing.pop()?.();
    const nobody = { kind: "unreachable", reason: "no_connection" };
    expect(await witness.latest()).toMatchObject(nobody);
    expect(await witness.history()).toMatchObject(nobody);
    expect(await witness.hold(note(5), growth(0, 5))).toMatchObject(nobody);
  });
});

describe("the body of add-checkpoint", () => {
  /** The example of c2sp.org/tlog-witness. */
  const example = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`;

  it("is read as the specification's example has it, and written back the same", () => {
    const parsed = parseAddCheckpoint(example);
    expect(parsed).toMatchObject({ growth: { oldSize: 20_852_014 } });
    expect(parsed?.growth.proof).toHaveLength(4);
    expect(parsed?.note.startsWith("example.com/behind-the-sofa\n20852163\n")).toBe(true);
    expect(parsed && formatAddCheckpoint(parsed)).toBe(example);
  });

  const hashLine = `${"A".repeat(43)}=\n`;
  it.each([
    { why: "63 hashes", body: `old 1\n${hashLine.repeat(63)}\nx`, isRead: true },
    { why: "64 hashes", body: `old 1\n${hashLine.repeat(64)}\nx`, isRead: false },
    { why: "5,000 hashes", body: `old 1\n${hashLine.repeat(5_000)}\nx`, isRead: false },
    { why: "a short hash", body: `old 1\n${hashLine.slice(4)}\nx`, isRead: false },
    { why: "a leading zero", body: "old 01\n\nx", isRead: false },
    { why: "no size", body: "old \n\nx", isRead: false },
    { why: "two spaces", body: "old  1\n\nx", isRead: false },
    { why: "another word", body: "new 1\n\nx", isRead: false },
    { why: "no empty line", body: "old 1\nx", isRead: false },
  ])("with $why is read: $isRead", ({ body, isRead }) => {
    expect(parseAddCheckpoint(body) !== undefined).toBe(isRead);
  });
});
