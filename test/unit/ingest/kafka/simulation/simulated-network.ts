/**
 * Requests between members and the two services, and what becomes of each: done or not, answered or not, now or
 * later. The order in which things happen is the schedule's; nothing moves by itself.
 */
import type { Fate } from "./act.ts";

/** sent: on its way. running: begun at the service. done: over at the service, answered or not. */
type Stage = "sent" | "running" | "done";
type Part = "token_only" | "rows_only";

export interface Service {
  readonly kind: "commit" | "committed" | "insert" | "query";
  readonly text: () => string;
  /** Begins; `false`: refused, so that it never finishes. Absent: begins and finishes at once. */
  readonly begin?: () => boolean;
  readonly finish: (part?: Part) => void;
  /** Answers by what `begin` and `finish` came to. */
  readonly answer: () => void;
  /** An error or a time-out that says nothing of what was done. */
  readonly fail: () => void;
  /** Names a running insert that can be stopped. */
  readonly queryId?: string;
}

export interface Served extends Pick<Service, "kind" | "text"> {
  /** Not always the fate that it was meant to meet. */
  readonly met: Fate;
}

interface Request extends Service {
  readonly owner: string;
  stage: Stage;
  /** Whether its sender still waits. */
  isAwaited: boolean;
}

export interface SimulatedNetwork {
  readonly send: (owner: string, service: Service) => void;
  /** Requests whose sender waits. */
  readonly waiting: (owner: string) => number;
  /** Serves one of them; `undefined`: nothing waits. */
  readonly serve: (owner: string, pick: number, fate: Fate) => Served | undefined;
  /** The service works on one of them, but the sender hears nothing. */
  readonly serveUnheard: (owner: string, pick: number) => Served | undefined;
  /** Ends one request that has begun or that nobody waits for. */
  readonly land: (pick: number) => Service | undefined;
  /** Nobody waits for what this sender asked any more. */
  readonly abandon: (owner: string) => void;
  /** Stops running inserts whose query id contains the fragment. */
  readonly stop: (fragment: string) => void;
  readonly isRunning: (queryId: string) => boolean;
  readonly forgetAll: () => void;
}

export function createSimulatedNetwork(): SimulatedNetwork {
  let requests: Request[] = [];
  const remove = (request: Request): void => {
    requests = requests.filter((other) => other !== request);
  };
  const awaited = (owner: string): Request[] =>
    requests.filter((request) => request.isAwaited && request.owner === owner);
  /** One connection keeps its order: what the sender gave up earlier is done first. */
  const overtaken = ({ kind, owner }: Request): Request[] =>
    kind === "commit"
      ? requests.filter((r) => r.owner === owner && r.kind === kind && !r.isAwaited)
      : [];
  const begin = (request: Request): void => {
    if (request.stage !== "sent") return;
    request.stage = request.begin === undefined || request.begin() ? "running" : "done";
  };
  const complete = (request: Request, part?: Part): void => {
    for (const earlier of overtaken(request)) finish(earlier);
    begin(request);
    finish(request, part);
  };
  const finish = (request: Request, part?: Part): void => {
    begin(request);
    if (request.stage === "running") request.finish(part);
    request.stage = "done";
    if (!request.isAwaited) remove(request);
  };
  const end = (request: Request, answer: () => void): void => {
    remove(request);
    answer();
  };
  const giveUp = (request: Request): void => {
    if (request.stage === "done") remove(request);
    request.isAwaited = false;
    request.fail();
  };
  /** The client repeats a question to the coordinator until it is answered; only its answer may grow old. */
  const isSimple = ({ kind }: Request, fate: Fate): boolean =>
    kind === "committed" && fate !== "begun";
  const fatesOf: { readonly [Name in Fate]: (request: Request) => void } = {
    ok: (request) => {
      complete(request);
      end(request, request.answer);
    },
    lost: (request) => end(request, request.fail),
    taken: (request) => {
      complete(request);
      end(request, request.fail);
    },
    late: giveUp,
    begun: (request) => (request.kind === "insert" ? begin(request) : complete(request)),
    stuck: (request) => {
      if (request.kind === "insert") begin(request);
      giveUp(request);
    },
    token_only: (request) => {
      if (request.kind === "insert") complete(request, "token_only");
      end(request, request.fail);
    },
    rows_only: (request) => {
      complete(request, "rows_only");
      end(request, request.fail);
    },
  };
  return {
    send: (owner, service) => {
      requests.push(Object.assign(service, { owner, stage: "sent", isAwaited: true } as const));
    },
    waiting: (owner) => awaited(owner).length,
    serve: (owner, pick, fate) => {
      const waiting = awaited(owner);
      const request = waiting[pick % waiting.length];
      if (request === undefined) return undefined;
      const met = isSimple(request, fate) ? "ok" : fate;
      fatesOf[met](request);
      return { kind: request.kind, text: request.text, met };
    },
    serveUnheard: (owner, pick) => {
      const waiting = awaited(owner);
      const request = waiting[pick % waiting.length];
      if (request === undefined) return undefined;
      complete(request);
      return { kind: request.kind, text: request.text, met: "begun" };
    },
    land: (pick) => {
      const open = requests.filter(
        (r) => r.stage === "running" || (!r.isAwaited && r.stage === "sent"),
      );
      const request = open[pick % open.length];
      if (request === undefined) return undefined;
      complete(request);
      return request;
    },
    abandon: (owner) => {
      const isEffect = ({ kind, stage }: Request) =>
        (kind === "insert" || kind === "commit") && stage !== "done";
      requests = requests.filter((request) => request.owner !== owner || isEffect(request));
      for (const request of requests) if (request.owner === owner) request.isAwaited = false;
    },
    stop: (fragment) => {
      for (const request of requests) {
        if (request.stage !== "running" || request.queryId?.includes(fragment) !== true) continue;
        end(request, request.isAwaited ? request.fail : () => undefined);
      }
    },
    isRunning: (queryId) => requests.some((r) => r.stage === "running" && r.queryId === queryId),
    forgetAll: () => {
      requests = [];
    },
  };
}
