/**
 * A witness of our own that anybody can run on another machine: `add-checkpoint` of c2sp.org/tlog-witness over a
 * file, and beyond it `GET /checkpoint` with the newest note that it holds.
 *
 * It asks for no key: what it takes is signed by the log, and what it tells is meant for everybody.
 */
import express, { type ErrorRequestHandler, type Response } from "express";
import { openCheckpoint, type TrustedLog } from "../ingest/ledger/checkpoint.ts";
import type { NoteSigner } from "../ingest/ledger/note-key.ts";
import { cosign } from "../ingest/ledger/signed-note.ts";
import {
  addCheckpointBytesMax,
  parseAddCheckpoint,
  sizeMediaType,
} from "../ingest/ledger/witnesses/add-checkpoint.ts";
import { createFileWitness } from "../ingest/ledger/witnesses/file-witness.ts";
import type { HoldResult, Witness, WitnessedHead } from "../ingest/ledger/witnesses/witness.ts";
import type { Clock } from "../ingest/runtime/clock.ts";
import { type HttpServer, startHttpServer } from "./http-server.ts";

export interface WitnessServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The file that holds the checkpoints; its folder is there. */
  readonly path: string;
  readonly log: TrustedLog;
  /** A key for cosignatures that nobody else uses. */
  readonly signer: NoteSigner;
  readonly clock: Clock;
}

const addressOptions = { host: "--host", port: "--port" };

/** Rejects with `ListenError`. */
export function startWitness(options: WitnessServerOptions): Promise<HttpServer> {
  const { path, log, signer } = options;
  const witness = createFileWitness({ name: signer.verifierKey.name, path, log });
  return startHttpServer(createWitnessApp(witness, options), options, addressOptions);
}

function createWitnessApp(
  witness: Witness,
  { log, signer, clock }: WitnessServerOptions,
): express.Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  const readBody = express.raw({ type: () => true, limit: addCheckpointBytesMax });
  app.post("/add-checkpoint", readBody, async (request, response) => {
    const body: unknown = request.body;
    const offer = Buffer.isBuffer(body) ? parseAddCheckpoint(body.toString("utf8")) : undefined;
    const result = offer && (await witness.hold(offer.note, offer.growth));
    const opened = offer && openCheckpoint(offer.note, log);
    // Only what is held is cosigned, and only once it is on the disk.
    const isHeld = result?.kind === "held" && opened?.kind === "opened";
    if (isHeld) answer(response, { status: 200, body: cosign(opened.text, signer, clock.now()) });
    else answer(response, refusalOf(result));
  });
  app.get("/checkpoint", async (_request, response) => {
    answer(response, headAnswerOf(await witness.latest()));
  });
  app.use((_request, response) => answer(response, { status: 404 }));
  app.use(answerError);
  return app;
}

interface Answer {
  readonly status: number;
  readonly mediaType?: string;
  readonly body?: string;
}

const plainText = "text/plain; charset=utf-8";

/** Past Express, which would add a charset to the media type that the specification names. */
function answer(response: Response, { status, mediaType = plainText, body = "" }: Answer): void {
  response.writeHead(status, { "content-type": mediaType, "cache-control": "no-store" }).end(body);
}

/** A body without the form of an `add-checkpoint` has no result. */
function refusalOf(result: HoldResult | undefined): Answer {
  switch (result?.kind) {
    case "conflict":
      return { status: 409, mediaType: sizeMediaType, body: `${result.size ?? 0}\n` };
    case "refused":
      return { status: refusalStatus[result.reason] };
    case "unreachable":
    case "held":
      return { status: 503 };
    case undefined:
      return { status: 400 };
  }
}

const refusalStatus = {
  malformed: 400,
  untrusted_signature: 403,
  unknown_origin: 404,
  inconsistent: 422,
} as const;

function headAnswerOf(head: WitnessedHead): Answer {
  switch (head.kind) {
    case "checkpoint":
      return { status: 200, body: head.note };
    case "empty":
      return { status: 204 };
    case "size":
    case "unknown":
    case "unreachable":
      return { status: 503 };
  }
}

/** The form of a body that could not be read, or a bug; nothing of it is told. */
const answerError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const status = error instanceof Error && "status" in error ? Number(error.status) : 500;
  answer(response, { status: status >= 400 && status < 500 ? status : 500 });
};
