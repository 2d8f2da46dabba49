/**
 * A witness behind HTTP, as c2sp.org/tlog-witness has it: ours on another machine, or a public one.
 *
 * The specification has no way yet to ask what a witness holds. Ours answers `GET <url>/checkpoint`; of another
 * only that is known which it said when something was offered to it.
 */
import { type Dispatcher, request } from "undici";
import { openCheckpoint, parseSize, type TrustedLog } from "../checkpoint.ts";
import type { VerifierKey } from "../note-key.ts";
import { openNote } from "../signed-note.ts";
import { formatAddCheckpoint, sizeMediaType } from "./add-checkpoint.ts";
import {
  type Growth,
  type HoldResult,
  type Unreachable,
  unreachable,
  type Witness,
  type WitnessedHead,
} from "./witness.ts";

export interface HttpWitnessOptions {
  readonly name: string;
  /** The submission prefix, to which `/add-checkpoint` is added. */
  readonly url: string;
  readonly log: TrustedLog;
  /** The witness's own, at least one: without its cosignature nothing counts as held. */
  readonly keys: readonly VerifierKey[];
  /** Where the connections come from; undici's own pool when absent. */
  readonly dispatcher?: Dispatcher;
  /** Longest wait for a whole answer. Milliseconds. */
  readonly callMsMax?: number;
}

const callMsDefault = 5_000;
const answerBytesMax = 64 * 1024;

export function createHttpWitness(options: HttpWitnessOptions): Witness {
  const { name, log } = options;
  const prefix = options.url.replace(/\/+$/, "");
  let remembered: WitnessedHead = { kind: "unknown" };
  const latest = async (): Promise<WitnessedHead> => {
    const answer = await call(options, { method: "GET", url: `${prefix}/checkpoint` });
    if (answer.kind === "unreachable") return answer;
    if (answer.status === 204) return { kind: "empty" };
    if (answer.status === 200) return headOf(answer.body, log);
    const isForeign = answer.status === 404 || answer.status === 405;
    return isForeign ? remembered : unreachable("bad_answer");
  };
  return {
    name,
    latest,
    history: async () => {
      const head = await latest();
      if (head.kind === "unreachable") return head;
      return { kind: "history", checkpoints: head.kind === "checkpoint" ? [head] : [] };
    },
    hold: async (note, growth) => {
      const result = await add({ ...options, prefix }, note, growth);
      remembered = rememberedAfter(result, note, log) ?? remembered;
      return result;
    },
  };
}

function headOf(note: string, log: TrustedLog): WitnessedHead {
  const opened = openCheckpoint(note, log);
  if (opened.kind === "refused") return unreachable("bad_answer");
  return { kind: "checkpoint", checkpoint: opened.checkpoint, note };
}

function rememberedAfter(
  result: HoldResult,
  note: string,
  log: TrustedLog,
): WitnessedHead | undefined {
  if (result.kind === "held") return headOf(note, log);
  if (result.kind !== "conflict" || result.size === undefined) return undefined;
  return result.size === 0 ? { kind: "empty" } : { kind: "size", size: result.size };
}

type Adding = HttpWitnessOptions & { readonly prefix: string };

async function add(adding: Adding, note: string, growth: Growth): Promise<HoldResult> {
  const url = `${adding.prefix}/add-checkpoint`;
  const body = formatAddCheckpoint({ note, growth });
  const answer = await call(adding, { method: "POST", url, body });
  if (answer.kind === "unreachable") return answer;
  switch (answer.status) {
    case 200:
      return heldWith(note, answer.body, adding.keys);
    case 400:
      return { kind: "refused", reason: "malformed" };
    case 403:
      return { kind: "refused", reason: "untrusted_signature" };
    case 404:
      return { kind: "refused", reason: "unknown_origin" };
    case 409:
      return { kind: "conflict", size: sizeIn(answer) };
    case 422:
      return { kind: "refused", reason: "inconsistent" };
    case 503:
      return unreachable("busy");
    default:
      return unreachable("bad_answer");
  }
}

/** A 200 without a cosignature of the witness's own says nothing: anybody on the way could have answered it. */
function heldWith(note: string, lines: string, keys: readonly VerifierKey[]): HoldResult {
  const opened = openNote(note + lines, keys);
  if (opened.kind !== "verified") return unreachable("bad_answer");
  const cosignatures = opened.signatures.filter(({ key }) => key.kind === "cosignature");
  if (cosignatures.length === 0) return unreachable("bad_answer");
  return { kind: "held", cosignatures: cosignatures.map(({ line }) => line) };
}

function sizeIn({ mediaType, body }: Answer): number | undefined {
  return mediaType === sizeMediaType ? parseSize(body.replace(/\n$/, "")) : undefined;
}

interface Answer {
  readonly kind: "answer";
  readonly status: number;
  /** Without parameters, in lower case. */
  readonly mediaType: string;
  readonly body: string;
}

interface Question {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly body?: string;
}

/** Follows no redirect: the address that was configured is the one that is trusted. */
async function call(
  { dispatcher, callMsMax = callMsDefault }: HttpWitnessOptions,
  { method, url, body }: Question,
): Promise<Answer | Unreachable> {
  const signal = AbortSignal.timeout(callMsMax);
  try {
    const answer = await request(url, {
      method,
      headers: { "user-agent": "deskwatch", ...(body && { "content-type": "text/plain" }) },
      signal,
      ...(body === undefined ? {} : { body }),
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    const text = await boundedText(answer.body);
    if (text === undefined) return unreachable("bad_answer");
    const type = [answer.headers["content-type"]].flat()[0] ?? "";
    const mediaType = type.split(";")[0]?.trim().toLowerCase() ?? "";
    return { kind: "answer", status: answer.statusCode, mediaType, body: text };
  } catch (cause) {
    return unreachable(signal.aborted ? "timeout" : "no_connection", cause);
  }
}

/** Undefined once it is too long; leaving the loop closes the connection. */
async function boundedText(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
