/** What decoding needs, from configuration. */
import type { Clock } from "../runtime/clock.ts";
import type { Config } from "../runtime/settings.ts";
import type { EventKind } from "../vocabulary/event.ts";
import type { DecodeContext } from "./decode.ts";
import { parseKey } from "./key.ts";
import { createTokenizer, type Tokenizer } from "./tokenizer.ts";

export type DecodeConfig = Pick<
  Config,
  "tokenKey" | "recordBytesMax" | "topicAccess" | "topicSubjects" | "topicTickets" | "topicAgents"
>;

/** The name of a topic as a source of positions. */
export const kafkaSource = (topic: string): string => `kafka:${topic}`;

/** `tokenizer`: one that others use, too. Throws `KeyError` when the token key is absent or unfit. */
export function createDecodeContext(
  config: DecodeConfig,
  clock: Clock,
  tokenizer: Tokenizer = createTokenizer(parseKey("DESKWATCH_TOKEN_KEY", config.tokenKey)),
): DecodeContext {
  const kinds = new Map<string, EventKind>([
    [kafkaSource(config.topicAccess), "access"],
    [kafkaSource(config.topicSubjects), "subject"],
    [kafkaSource(config.topicTickets), "ticket"],
    [kafkaSource(config.topicAgents), "agent"],
  ]);
  return {
    tokenizer,
    clock,
    recordBytesMax: config.recordBytesMax,
    kindOf: (source) => kinds.get(source),
  };
}
