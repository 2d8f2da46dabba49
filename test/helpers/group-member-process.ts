/**
 * A member of a consumer group that never leaves by itself: prints its member id when it has joined.
 *
 *   node --import tsx test/helpers/group-member-process.ts BROKERS GROUP TOPIC SESSION_MS
 */
import kafkajs from "kafkajs";

const [brokers = "", groupId = "", topic = "", sessionMs = "0"] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({
  brokers: brokers.split(","),
  logLevel: kafkajs.logLevel.NOTHING,
});
const sessionTimeout = Number(sessionMs);
const consumer = kafka.consumer({ groupId, sessionTimeout, rebalanceTimeout: sessionTimeout });
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  process.stdout.write(`${payload.memberId}\n`);
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({ eachMessage: async () => undefined });
