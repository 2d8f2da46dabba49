/** Settings of the Kafka source and the topics. */
import { z } from "zod";
import { count, flag, list, secret, setting, text } from "./setting.ts";

function isHostAndPort(broker: string): boolean {
  const [, port] = /^[^\s:/]+:(\d{1,5})$/.exec(broker) ?? [];
  return Number(port) >= 1 && Number(port) <= 65_535;
}

/** What a broker takes for a topic's name; another one would be refused only at the first start. */
const topic = z
  .string()
  .regex(
    /^(?!\.{1,2}$)[\w.-]{1,249}$/,
    "expected a topic's name: letters, digits, dots, _ and -, up to 249",
  );

export const kafkaSettings = {
  kafkaBrokers: setting<string[]>({
    path: "kafka.brokers",
    env: "KAFKA_BROKERS",
    schema: list.refine((brokers) => brokers.every(isHostAndPort), "expected host:port, host:port"),
    initial: [],
    doc: "Comma-separated `host:port`; empty: no Kafka source.",
  }),
  kafkaClientId: setting({
    path: "kafka.client_id",
    env: "KAFKA_CLIENT_ID",
    schema: text,
    initial: "deskwatch",
    doc: "Client id shown to the broker.",
  }),
  kafkaIngestGroup: setting({
    path: "kafka.ingest_group",
    env: "KAFKA_INGEST_GROUP",
    schema: text,
    initial: "deskwatch-ingest",
    doc: "Consumer group of the audit trail.",
  }),
  kafkaDetectGroup: setting({
    path: "kafka.detect_group",
    env: "KAFKA_DETECT_GROUP",
    schema: text,
    initial: "deskwatch-detect",
    doc: "Consumer group of detection.",
  }),
  kafkaTls: setting({
    path: "kafka.tls",
    env: "KAFKA_TLS",
    schema: flag,
    initial: false,
    doc: "Whether the brokers are reached over TLS.",
  }),
  kafkaSaslMechanism: setting({
    path: "kafka.sasl_mechanism",
    env: "KAFKA_SASL_MECHANISM",
    schema: z.enum(["", "plain", "scram-sha-256", "scram-sha-512"]),
    initial: "",
    doc: "SASL mechanism; empty: none.",
  }),
  kafkaUser: setting({
    path: "kafka.user",
    env: "KAFKA_USER",
    schema: text,
    initial: "",
    doc: "SASL user.",
  }),
  kafkaPassword: secret({ path: "kafka.password", env: "KAFKA_PASSWORD", doc: "SASL password." }),
  kafkaSessionMs: setting({
    path: "kafka.session_ms",
    env: "KAFKA_SESSION_MS",
    schema: count(1_000, 300_000),
    initial: 15_000,
    doc: "Silence after which the group takes a member's partitions away, milliseconds.",
  }),
  topicAccess: setting({
    path: "kafka.topics.access",
    env: "KAFKA_TOPIC_ACCESS",
    schema: topic,
    initial: "console.access",
    doc: "Topic of access events.",
  }),
  topicSubjects: setting({
    path: "kafka.topics.subjects",
    env: "KAFKA_TOPIC_SUBJECTS",
    schema: topic,
    initial: "console.subjects",
    doc: "Topic of subject events.",
  }),
  topicTickets: setting({
    path: "kafka.topics.tickets",
    env: "KAFKA_TOPIC_TICKETS",
    schema: topic,
    initial: "console.tickets",
    doc: "Topic of ticket events.",
  }),
  topicAgents: setting({
    path: "kafka.topics.agents",
    env: "KAFKA_TOPIC_AGENTS",
    schema: topic,
    initial: "console.agents",
    doc: "Topic of agent events.",
  }),
  topicAlerts: setting({
    path: "kafka.topics.alerts",
    env: "KAFKA_TOPIC_ALERTS",
    schema: topic,
    initial: "console.alerts",
    doc: "Topic that alerts are published to.",
  }),
  topicDeadLetters: setting({
    path: "kafka.topics.dead_letters",
    env: "KAFKA_TOPIC_DEAD_LETTERS",
    schema: topic,
    initial: "console.dead-letters",
    doc: "Topic that malformed records go to, with their original bytes.",
  }),
} as const;
