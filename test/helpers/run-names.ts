/** Groups and topics of one run's own, so that several can share a broker. */
export const runNames = (suffix: string) => ({
  kafkaIngestGroup: `ingest-${suffix}`,
  kafkaDetectGroup: `detect-${suffix}`,
  topicAccess: `access-${suffix}`,
  topicSubjects: `subjects-${suffix}`,
  topicTickets: `tickets-${suffix}`,
  topicAgents: `agents-${suffix}`,
  topicAlerts: `alerts-${suffix}`,
  topicDeadLetters: `dead-letters-${suffix}`,
});
