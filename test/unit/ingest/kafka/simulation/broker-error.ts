/** An error as kafkajs hands it over: `type` is the name of the broker's error code. */
export class BrokerError extends Error {
  readonly type: string;
  constructor(type: string) {
    super(type);
    this.type = type;
  }
}
