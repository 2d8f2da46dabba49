/** The one place that opens a kafkajs client: brokers, TLS, SASL, codecs, and its log as ours. */
import kafkajs, { type Kafka, type LogEntry, type SASLOptions } from "kafkajs";
import type { Log } from "../runtime/log.ts";
import type { Config } from "../runtime/settings.ts";
import { registerCodecs } from "./codecs.ts";
import { patchKafkajs } from "./kafkajs-patches.ts";

export type KafkaConfig = Pick<
  Config,
  | "kafkaBrokers"
  | "kafkaClientId"
  | "kafkaTls"
  | "kafkaSaslMechanism"
  | "kafkaUser"
  | "kafkaPassword"
>;

const connectMsMax = 5_000;
const requestMsMax = 15_000;

/** Connects nothing yet. */
export function createKafka(config: KafkaConfig, log: Log): Kafka {
  registerCodecs();
  patchKafkajs();
  const sasl = saslOptions(config);
  return new kafkajs.Kafka({
    clientId: config.kafkaClientId,
    brokers: [...config.kafkaBrokers],
    ssl: config.kafkaTls,
    connectionTimeout: connectMsMax,
    requestTimeout: requestMsMax,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: () => (entry) => forward(log, entry),
    ...(sasl === undefined ? {} : { sasl }),
  });
}

function saslOptions(config: KafkaConfig): SASLOptions | undefined {
  const credentials = { username: config.kafkaUser, password: config.kafkaPassword };
  switch (config.kafkaSaslMechanism) {
    case "plain":
      return { mechanism: "plain", ...credentials };
    case "scram-sha-256":
      return { mechanism: "scram-sha-256", ...credentials };
    case "scram-sha-512":
      return { mechanism: "scram-sha-512", ...credentials };
    default:
      return undefined;
  }
}

/** Of kafkajs' own lines only the message and the place: their other fields may hold a record. */
function forward(log: Log, { level, namespace, log: line }: LogEntry): void {
  const fields = { namespace, detail: line.message };
  if (level === kafkajs.logLevel.ERROR) log.warn(fields, "kafka client error");
  else if (level === kafkajs.logLevel.WARN) log.info(fields, "kafka client warning");
  else log.debug(fields, "kafka client");
}
