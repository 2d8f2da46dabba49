/** The production audit store of one member over the simulated database: every statement is a request. */
import { createAuditStore } from "../../../../../ingest/clickhouse/audit-store.ts";
import type { Insertion, Writer } from "../../../../../ingest/clickhouse/client.ts";
import type { Reader } from "../../../../../ingest/clickhouse/define-query.ts";
import { StoreError } from "../../../../../ingest/clickhouse/store-error.ts";
import type { AuditStore } from "../../../../../ingest/pipeline/audit-store.ts";
import { parseKeyRing } from "../../../../../ingest/pipeline/key.ts";
import { createSealer } from "../../../../../ingest/pipeline/seal.ts";
import type { Clock } from "../../../../../ingest/runtime/clock.ts";
import { grouped } from "../../../../../ingest/runtime/grouped.ts";
import type { Mutation } from "./mutation.ts";
import { silentMetrics } from "./silence.ts";
import { isAboutRows } from "./simulated-answers.ts";
import { topic } from "./simulated-log.ts";
import { insertStatement } from "./simulated-rows.ts";
import type { WorldServices } from "./world-services.ts";

const key = `1:${Buffer.alloc(32, 7).toString("base64")}`;
const sealer = createSealer(parseKeyRing("DESKWATCH_MASTER_KEY", key));
const config = {
  tokenKey: key,
  masterKey: key,
  duplicateHorizonRows: 1_000,
  queryMsMax: 4_000,
  deadLetterShareMax: 0.5,
  recordBytesMax: 10_000,
  topicAccess: "console.access",
  topicSubjects: "console.subjects",
  topicTickets: "console.tickets",
  topicAgents: topic,
};

export interface MemberStoreOptions {
  readonly key: string;
  readonly world: WorldServices;
  readonly mutation: Mutation;
  readonly clock: Clock;
  /** Whether the member is there to make its next call. */
  readonly call: () => boolean;
}

export interface MemberStore {
  readonly auditStore: AuditStore;
  /** Answers at once. */
  readonly reader: Reader;
}

export function createMemberStore(options: MemberStoreOptions): MemberStore {
  const { world, mutation, clock } = options;
  const { database } = world;
  const writer = (mutation.writer ?? ((same) => same))(createWriter(options));
  const reader = (mutation.reader ?? ((same) => same))({
    query: async (sql, params) => database.answer(sql, params),
  });
  const store = { writer, reader };
  const inner = createAuditStore({ store, config, clock, metrics: silentMetrics, sealer });
  const auditStore = (mutation.auditStore ?? ((same) => same))(inner);
  return { auditStore, reader };
}

function createWriter({ key: owner, world, call }: MemberStoreOptions): Writer {
  const { database, network } = world;
  const name = owner.charAt(0);
  return {
    query: (sql, params) =>
      new Promise((resolve, reject) => {
        if (!isAboutRows(sql)) {
          resolve([]);
          return;
        }
        if (!call()) return;
        let found: readonly unknown[] = [];
        network.send(owner, {
          kind: "query",
          text: () => `${name} reads back ${/FROM (\w+)/.exec(sql)?.[1]}`,
          finish: () => {
            found = database.answer(sql, params);
          },
          answer: () => resolve(found),
          fail: () => reject(new StoreError("clickhouse.timeout", "no answer")),
        });
      }),
    insert: (insertion) =>
      new Promise((resolve, reject) => {
        if (!call()) return;
        network.send(owner, insertOf(insertion, { name, world, resolve, reject }));
      }),
    settle: async (fragment) => {
      if (call()) network.stop(fragment);
      else await new Promise(() => undefined);
    },
    command: async () => undefined,
    insertRows: async () => undefined,
  };
}

interface Inserting {
  readonly name: string;
  readonly world: WorldServices;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function insertOf(insertion: Insertion, { name, world, resolve, reject }: Inserting) {
  const { database, network } = world;
  const statement = insertStatement(insertion);
  const { table, queryId, token, deadline, rows } = statement;
  let error: StoreError | undefined;
  return {
    kind: "insert",
    queryId,
    text: () => {
      const partitions = [...grouped(rows, ({ partition }) => partition)];
      const places = partitions.map(
        ([partition, own]) => `p${partition} ${own.map(({ offset }) => offset).join(",")}`,
      );
      const bare = token === undefined ? " without a token" : "";
      return `${name} inserts ${table} ${places.join(" ")}${bare}`;
    },
    begin: () => {
      if (rows.some(({ partition }) => partition !== rows[0]?.partition)) {
        world.count("insert of several ranges");
      }
      if (world.now() > deadline) {
        world.count("insert refused after its deadline");
        error = new StoreError("clickhouse.constraint", "too late");
      } else if (network.isRunning(queryId)) {
        world.count("insert refused while its twin runs");
        error = new StoreError("clickhouse.busy", "runs already");
      }
      return error === undefined;
    },
    finish: (part?: "token_only" | "rows_only") => database.land(statement, part),
    answer: () => (error === undefined ? resolve() : reject(error)),
    fail: () => reject(new StoreError("clickhouse.timeout", "no answer")),
  } as const;
}
