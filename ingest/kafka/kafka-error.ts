/** A Kafka client that cannot go on; the process should end and start afresh, or a person should look. */
export class KafkaError extends Error {
  readonly code: string;
  constructor(message: string, { code, ...options }: ErrorOptions & { readonly code: string }) {
    super(message, options);
    this.code = code;
  }
}
