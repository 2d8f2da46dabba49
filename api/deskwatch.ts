/**
 * The roles of Deskwatch in one process, in the order in which they depend on one another: store → API →
 * audit trail → detection → sources → hook. Whatever was opened is closed in the opposite order.
 */

import { createDetection, type Detection } from "../detectors/main.ts";
import {
  type DetectionPlan,
  detectionPlan,
  listedIn,
} from "../detectors/parameters/detection-plan.ts";
import { emptyLists, type SubjectLists } from "../detectors/subject-lists.ts";
import { createAuditStore } from "../ingest/clickhouse/audit-store.ts";
import type { Store } from "../ingest/clickhouse/client.ts";
import { createIngestConsumer } from "../ingest/kafka/consumer.ts";
import { createEventFeed } from "../ingest/kafka/event-feed.ts";
import { createEventProducer } from "../ingest/kafka/event-producer.ts";
import type { TrustedLog } from "../ingest/ledger/checkpoint.ts";
import { ledgerKeysOf } from "../ingest/ledger/ledger-key.ts";
import type { Witness } from "../ingest/ledger/witnesses/witness.ts";
import type { AuditStore } from "../ingest/pipeline/audit-store.ts";
import { createDecodeContext } from "../ingest/pipeline/decode-context.ts";
import type { Tokenizer } from "../ingest/pipeline/tokenizer.ts";
import { errorFields } from "../ingest/runtime/log.ts";
import { announce } from "./announce.ts";
import { configuredLists } from "./configured-lists.ts";
import type { Context } from "./context.ts";
import { startHook } from "./hooks/hook.ts";
import { startHttpServer } from "./http-server.ts";
import {
  createLaterLease,
  type LaterLease,
  openWitnesses,
  startNotary,
  statementLogsOf,
  suppressionsOf,
} from "./ledger.ts";
import { startRetention } from "./retention.ts";
import { databaseCheck, type ReadinessCheck } from "./routes/health.ts";
import { createRender } from "./routes/metrics.ts";
import { type Home, serviceApp, tokenizerOf } from "./service-app.ts";
import { type Sharing, sharingOf } from "./sharing.ts";
import { startErasures } from "./subjects.ts";
import { startApiThread } from "./thread/api-thread.ts";
import { verifyWithWitnesses } from "./verification.ts";

export type RoleName = "ingest" | "detect" | "serve";

export interface Deskwatch {
  /** Where the API listens. */
  readonly url: string;
  /** The audit trail of this process; `undefined`: it has no role that writes it. */
  readonly auditStore: AuditStore | undefined;
  readonly detection: Detection | undefined;
  /** Resolves with the reason when a part ends for good and the process should, too. */
  readonly failed: Promise<unknown>;
}

export interface DeskwatchOptions {
  readonly store: Store;
  readonly roles: ReadonlySet<RoleName>;
  /** In place of the file that the configuration names. */
  readonly lists?: SubjectLists;
}

/** Starts the roles. What was opened before a failure is closed by the context's lifecycle. */
export async function startDeskwatch(
  context: Context,
  { store, roles, lists }: DeskwatchOptions,
): Promise<Deskwatch> {
  let fail: (reason: unknown) => void = () => undefined;
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });
  let isStarted = false;
  const starting = () => ({ name: "start", ok: isStarted, detail: "every role has started" });
  const lease = createLaterLease(store, context.config);
  const tokenizer = tokenizerOf(context);
  // Detection alone neither writes the ledger nor verifies it, so it needs none of its keys.
  const needsLedger = roles.has("ingest") || roles.has("serve");
  const trusted = needsLedger ? ledgerKeysOf(context.config).trusted : noLog;
  const witnesses = needsLedger ? await openWitnesses(context, trusted) : [];
  const sharing = sharingOf(context, store, roles);
  const plan = detectionPlan(context.config);
  const watched = roles.has("detect") ? (lists ?? configuredLists(context, plan)) : emptyLists;
  const parts: Parts = {
    context,
    plan,
    store,
    checks: [starting],
    fail,
    lease,
    tokenizer,
    trusted,
    witnesses,
    sharing,
  };
  announce(context.metrics);
  if (roles.has("ingest")) {
    startNotary(context, parts);
    startRetention(context, parts);
    startErasures(context, parts);
  }
  const url = await startApi(parts, roles);
  context.log.info({ roles: [...roles], url }, "listening");
  const auditStore = roles.has("ingest") ? await startIngest(parts) : undefined;
  const detection = roles.has("detect") ? await startDetection(parts, watched) : undefined;
  if (roles.has("serve")) startHooks(parts);
  isStarted = true;
  return { url, auditStore, detection, failed };
}

const noLog: TrustedLog = { origin: "", keys: [] };

interface Parts {
  readonly context: Context;
  readonly plan: DetectionPlan;
  readonly store: Store;
  readonly lease: LaterLease;
  readonly tokenizer: Tokenizer;
  readonly trusted: TrustedLog;
  readonly witnesses: readonly Witness[];
  /** Asked at every `/readyz`. */
  readonly checks: (() => ReadinessCheck)[];
  readonly fail: (reason: unknown) => void;
  readonly sharing: Sharing;
}

/**
 * Every process has the API: a role that serves nobody still shows its metrics and its health. Beside other roles it
 * has a thread of its own where it serves.
 */
async function startApi(parts: Parts, roles: ReadonlySet<RoleName>) {
  const { context, store, checks, tokenizer } = parts;
  const listed = listedIn(parts.plan);
  const home = {
    render: createRender(context.metrics.registry),
    liveness: () => Promise.resolve(),
    verify: () => verifyWithWitnesses(context, store, { ...parts, isAtRest: false }),
    readiness: async () => [
      { name: "process", ok: !context.lifecycle.stopping(), detail: "not stopping" },
      await databaseCheck(store),
      ...checks.map((check) => check()),
    ],
  };
  if (roles.has("serve") && roles.size > 1) return startApart(parts, home);
  const scope = roles.has("serve") ? "all" : "operations";
  const app = serviceApp(context, { ...home, store, tokenizer, detectors: listed, scope });
  const server = await startHttpServer(app, context.config);
  context.lifecycle.onStop("http", server.stop);
  return server.url;
}

async function startApart({ context, plan, fail }: Parts, home: Home): Promise<string> {
  const detectors = listedIn(plan).map(({ meta, policy, counting }) => ({
    meta,
    policy: policy && {},
    counting: counting && {},
  }));
  const thread = startApiThread({ ...home, context, detectors, onFailure: fail });
  context.lifecycle.onStop("http", thread.stop);
  return thread.url;
}

async function startIngest(parts: Parts): Promise<AuditStore> {
  const { context, store, checks, fail, lease, sharing, tokenizer } = parts;
  const auditStore = createAuditStore({ ...context, store, tokenizer });
  await auditStore.warm();
  if (context.config.kafkaBrokers.length === 0) return auditStore;
  const consumer = createIngestConsumer({
    ...context,
    ...sharing,
    auditStore,
    reader: store.reader,
    onFailure: fail,
  });
  lease.give(consumer.lease);
  await consumer.start();
  context.lifecycle.onStop("ingest", consumer.stop);
  checks.push(() => ({
    name: "kafka_ingest",
    ok: consumer.ready(),
    detail: "joined the group and not halted",
  }));
  return auditStore;
}

async function startDetection(parts: Parts, lists: SubjectLists): Promise<Detection> {
  const { context, plan, store, fail } = parts;
  const hasKafka = context.config.kafkaBrokers.length > 0;
  const producer = hasKafka ? createEventProducer(context) : undefined;
  let commit = (): Promise<void> => Promise.resolve();
  const lease = createLaterLease(store, context.config);
  const detection = createDetection({
    ...context,
    plan,
    store,
    lists,
    lease,
    durable: true,
    suppressions: suppressionsOf(context, store),
    statements: statementLogsOf(context, store),
    followsStatements: true,
    onFailure: fail,
    onSnapshot: () => commit(),
    ...(producer === undefined ? {} : { publish: producer.publishAlerts }),
  });
  if (producer === undefined) {
    await detection.start();
    context.lifecycle.onStop("detection", detection.stop);
    return detection;
  }
  await producer.connect();
  context.lifecycle.onStop("alert topic", producer.disconnect);
  context.lifecycle.onStop("detection", detection.stop);
  commit = await startFeed({ ...parts, lease }, detection);
  return detection;
}

async function startFeed(
  { context, store, checks, fail, sharing, lease, tokenizer }: Parts,
  detection: Detection,
) {
  const feed = createEventFeed({
    ...context,
    ...sharing,
    decode: createDecodeContext(context.config, context.clock, tokenizer),
    trail: store.reader,
    storeClock: store.reader,
    startOffsets: async () => {
      await detection.start();
      return detection.endOf;
    },
    onSegment: (segment) => detection.feed({ ...segment, origin: "live" }),
    onFailure: fail,
  });
  lease.give(feed.lease);
  await feed.start();
  context.lifecycle.onStop("detection feed", feed.stop);
  checks.push(() => ({
    name: "kafka_detect",
    ok: feed.ready(),
    detail: "joined the group, as owner or standby",
  }));
  return feed.commit;
}

function startHooks({ context, store }: Parts): void {
  try {
    const worker = startHook({ ...context, store });
    if (worker !== undefined) context.lifecycle.onStop("hook", worker.stop);
  } catch (error) {
    context.log.error(errorFields(error), "hook refused");
    throw error;
  }
}
