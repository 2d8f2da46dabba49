/**
 * As which member this data folder's process is in a group, kept in the folder.
 *
 * A process that is killed does not leave its groups: its partitions stay with it until the session ends. Only one
 * process can hold a folder with an embedded store, so whoever holds it now knows that the former one is gone, and
 * leaves in its name.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Kafka } from "kafkajs";
import { z } from "zod";
import { errorFields, type Log } from "../runtime/log.ts";

export interface FormerMembers {
  /** Takes the former process out of the group, if it was one. Best effort: without it the session ends later. */
  readonly leave: (kafka: Kafka, groupId: string) => Promise<void>;
  readonly joined: (groupId: string, memberId: string) => void;
  /** Has left by itself. */
  readonly left: (groupId: string) => void;
}

const noteSchema = z.object({ groupId: z.string(), memberId: z.string() });

/** Longest wait for a coordinator that does not answer. Milliseconds. */
const leaveMsMax = 5_000;

/** `dataDir`: of a store that nobody else has open. */
export function createFormerMembers(dataDir: string, log: Log): FormerMembers {
  const folder = join(dataDir, "kafka-members");
  const fileOf = (groupId: string): string => join(folder, encodeURIComponent(groupId));
  const formerOf = (groupId: string): string | undefined => {
    try {
      const note = noteSchema.parse(JSON.parse(readFileSync(fileOf(groupId), "utf8")));
      return note.groupId === groupId ? note.memberId : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    leave: async (kafka, groupId) => {
      const memberId = formerOf(groupId);
      if (memberId === undefined) return;
      try {
        await Promise.race([leaveGroup(kafka, { groupId, memberId }), tooLate()]);
        log.info({ group: groupId }, "left the group in the name of a process that ended without");
      } catch (error) {
        log.info({ group: groupId, ...errorFields(error) }, "the former member stays for a while");
      }
    },
    joined: (groupId, memberId) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(fileOf(groupId), JSON.stringify({ groupId, memberId }));
    },
    left: (groupId) => rmSync(fileOf(groupId), { force: true }),
  };
}

async function tooLate(): Promise<never> {
  await wait(leaveMsMax, undefined, { ref: false });
  throw new TypeError("the coordinator did not answer");
}

/** What of kafkajs' own cluster is used: its public client leaves a group only as the member that it is. */
interface Cluster {
  readonly connect: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
  readonly findGroupCoordinator: (group: { readonly groupId: string }) => Promise<Coordinator>;
}
interface Coordinator {
  readonly leaveGroup: (member: {
    readonly groupId: string;
    readonly memberId: string;
  }) => Promise<unknown>;
}

const clusterSymbol = "private:Kafka:createCluster";

async function leaveGroup(
  kafka: Kafka,
  { groupId, memberId }: { readonly groupId: string; readonly memberId: string },
): Promise<void> {
  const key = Object.getOwnPropertySymbols(kafka).find((own) => own.description === clusterSymbol);
  const open: unknown = key && Reflect.get(kafka, key);
  if (typeof open !== "function") throw new TypeError("kafkajs has no such member any more");
  const cluster: Cluster = open({ allowAutoTopicCreation: false });
  await cluster.connect();
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    await coordinator.leaveGroup({ groupId, memberId });
  } finally {
    await cluster.disconnect();
  }
}
