/** One numbered, never edited change of the schema. Its checksum is kept with the data. */
export interface Migration {
  /** Consecutive from 1. */
  readonly id: number;
  readonly name: string;
  /** Each is idempotent (`IF NOT EXISTS`), so that a kill between two of them is harmless. */
  readonly statements: readonly string[];
}
