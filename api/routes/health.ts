/** `/livez` and `/readyz`: for supervisors and load balancers, without a key and without secrets. */
import { z } from "zod";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { json, type Reply } from "../reply.ts";
import { defineRoute, noBody, noParams, type Route } from "../route.ts";

export interface ReadinessCheck {
  /** `clickhouse`, `migrations`, `kafka`, … */
  readonly name: string;
  readonly ok: boolean;
  /** One sentence for an operator; no addresses, no secrets. */
  readonly detail: string;
}

/** Resolves as soon as the process comes to it. */
export type Liveness = () => Promise<void>;

export type Readiness = () => Promise<readonly ReadinessCheck[]>;

const liveDocument = z.object({ status: z.literal("live") }).meta({ id: "Live" });
const readyDocument = z
  .object({
    status: z.enum(["ready", "not_ready"]),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  })
  .meta({ id: "Readiness" });

const open = {
  method: "get",
  role: "none",
  params: noParams,
  query: z.object({}),
  body: noBody,
  problems: [],
} as const;

export const healthRoutes = ({
  liveness,
  readiness,
}: {
  readonly liveness: Liveness;
  readonly readiness: Readiness;
}): readonly Route[] => [
  defineRoute({
    ...open,
    path: "/livez",
    summary: "Whether the process runs",
    replies: { 200: { description: "It does.", schema: liveDocument } },
    handle: async () => {
      await liveness();
      return json({ status: "live" });
    },
  }),
  defineRoute({
    ...open,
    path: "/readyz",
    summary: "Whether requests can be answered",
    replies: {
      200: { description: "Every check passes.", schema: readyDocument },
      503: { description: "Some check fails, or the process stops.", schema: readyDocument },
    },
    handle: async () => readyReply(await readiness()),
  }),
];

function readyReply(checks: readonly ReadinessCheck[]): Reply {
  const ready = checks.every(({ ok }) => ok);
  const body = { status: ready ? "ready" : "not_ready", checks };
  return { kind: "json", status: ready ? 200 : 503, body, headers: {} };
}

export async function databaseCheck({ reader }: Store): Promise<ReadinessCheck> {
  try {
    await reader.query("SELECT 1 AS one", {});
    return { name: "clickhouse", ok: true, detail: "answers" };
  } catch {
    return { name: "clickhouse", ok: false, detail: "does not answer" };
  }
}
