/** A Kafka client that cannot go on; the process should end and start afresh, or a person should look. */
export class KafkaError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
