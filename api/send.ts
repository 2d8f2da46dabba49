/** How a reply travels over HTTP. */
import type { Request, Response } from "express";
import { problemDocument, problemMediaType } from "./problem.ts";
import type { Reply } from "./reply.ts";

export type Send = (request: Request, response: Response, reply: Reply) => void;

/** Answers are about persons: no shared cache may keep them, and a private one has to ask again. */
const cacheControl = "private, no-cache";

/** `idOf` gives the request's id, which a problem document names as its instance. */
export function createSend(idOf: (request: Request) => string): Send {
  return (request, response, reply) => {
    response.set("Cache-Control", cacheControl);
    switch (reply.kind) {
      case "json":
        response.status(reply.status).set(reply.headers).type("application/json");
        response.send(JSON.stringify(reply.body));
        return;
      case "text":
        // Bytes, because Express would rewrite the parameters of a text's content type.
        response.status(200).setHeader("Content-Type", reply.contentType);
        response.end(reply.body);
        return;
      case "not_modified":
        response.status(304).set(reply.headers).end();
        return;
      case "problem":
        response.status(reply.status).set(reply.headers).type(problemMediaType);
        response.send(JSON.stringify(problemDocument(reply, idOf(request))));
    }
  };
}
