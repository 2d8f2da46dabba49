/**
 * A real ingest, killed with SIGKILL before, while and after every step of a batch, one kill after another over
 * one stream: each event is stored once, each dead letter is in the table once, each offset has one outcome.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Message } from "kafkajs";
import { ensureTopics } from "../../ingest/kafka/topics.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { produce, quietLog, startTestBroker, type TestBroker } from "../helpers/broker.ts";
import { describeWith } from "../helpers/requires.ts";
import { withFolder } from "../helpers/store.ts";
import type { FaultReport } from "./ingest-process.ts";
import { type KillPoint, killPoints } from "./kill-points.ts";

jest.setTimeout(600_000);

const script = join(__dirname, "ingest-process.ts");
const time = "2026-01-05T10:00:00.000Z";
/** Of each chunk: events of each kind, and what is not an event. */
const perKind = 30;
const badPerChunk = 5;
const otherPerChunk = 3;

const key = (fill: number) => `1:${Buffer.alloc(32, fill).toString("base64")}`;
const message = (event: object, by: string): Message => ({ key: by, value: JSON.stringify(event) });

function chunkOf(config: Config, chunk: number) {
  const each = <Value>(make: (id: string, index: number) => Value): Value[] =>
    Array.from({ length: perKind }, (_, index) => make(`${chunk}-${index}`, index));
  const subjects = (id: string) => [
    { type: "phone", id: "+15550100" },
    { type: "account", id: `account-${id}` },
  ];
  const access = each((id, index) =>
    message(
      {
        kind: "access",
        event_id: `a-${id}`,
        time,
        agent: { id: `agent-${index % 7}` },
        action: "view",
        subjects: subjects(id),
      },
      `agent-${index % 7}`,
    ),
  );
  const repeated = access.slice(0, otherPerChunk);
  const bad = Array.from(
    { length: badPerChunk },
    (_, index): Message => ({
      key: `agent-${index}`,
      value: `not json ${index}`,
    }),
  );
  return [
    { topic: config.topicAccess, messages: [...access, ...repeated, ...bad] },
    {
      topic: config.topicSubjects,
      messages: each((id) =>
        message(
          {
            kind: "subject",
            event_id: `s-${id}`,
            time,
            type: "registered",
            subject: subjects(id)[1],
          },
          id,
        ),
      ),
    },
    {
      topic: config.topicTickets,
      messages: each((id) =>
        message(
          {
            kind: "ticket",
            event_id: `t-${id}`,
            time,
            type: "opened",
            ticket_id: id,
            subjects: [],
          },
          id,
        ),
      ),
    },
    {
      topic: config.topicAgents,
      messages: each((id) =>
        message({ kind: "agent", event_id: `g-${id}`, time, type: "hired", agent_id: id }, id),
      ),
    },
  ];
}

const recordsPerChunk = perKind * 4 + otherPerChunk + badPerChunk;

function start(dataDir: string, config: Config, point: KillPoint | "none", expected: number) {
  const args = ["--import", "tsx", script, dataDir, JSON.stringify(config), point, `${expected}`];
  return spawn(process.execPath, args, {
    cwd: join(__dirname, "../.."),
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function outputOf(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code, signal] = await once(child, "close");
  return signal === "SIGKILL" ? "killed" : code === 0 ? output : `failed with ${code}`;
}

describeWith("kafka", "ingest killed around every step of a batch", () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startTestBroker();
  });
  afterAll(() => broker.stop());

  it("loses nothing and doubles nothing", async () => {
    const config = broker.config("kill", {
      tokenKey: key(1),
      masterKey: key(2),
      kafkaSessionMs: 2_000,
      deadLetterShareMax: 1,
      logLevel: "silent",
    });
    await ensureTopics(config, quietLog);
    const report = await withFolder(async (dataDir) => {
      let chunks = 0;
      for (const point of killPoints) {
        for (const production of chunkOf(config, chunks)) await produce(config, production);
        chunks += 1;
        const child = start(dataDir, config, point, chunks * recordsPerChunk);
        expect([point, await outputOf(child)]).toEqual([point, "killed"]);
      }
      const last = start(dataDir, config, "none", chunks * recordsPerChunk);
      return JSON.parse(await outputOf(last)) as FaultReport;
    });
    const chunks = killPoints.length;
    expect(report).toEqual({
      outcomes: chunks * recordsPerChunk,
      events: chunks * perKind * 4,
      exposures: chunks * perKind * 2,
      deadLetters: chunks * badPerChunk,
      doubledRows: 0,
      doubledIds: [],
    });
  });
});
