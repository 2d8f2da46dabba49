/** The parameters as rows, read off their schema: for the printed file, for the documents and for error messages. */
import { z } from "zod";
import { detectionParametersSchema } from "./detection-parameters.ts";

export interface ParameterRow {
  readonly path: readonly string[];
  readonly doc: string;
  /** undefined: a group of others. */
  readonly initial: string | number | undefined;
  /** In words: "a number from 1 to 365". */
  readonly expected: string;
}

/** A JSON schema of this schema, as far as rows need it. */
const nodeSchema = z.object({
  type: z.string().optional(),
  description: z.string().default(""),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.string()).optional(),
  default: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
});
type Node = z.infer<typeof nodeSchema>;

const initialSchema = z
  .union([
    z.string(),
    z.number(),
    z.record(z.string(), z.number()).transform((one) => JSON.stringify(one)),
  ])
  .optional();

/** Groups before what is in them, in the order of the file. */
export function parameterRows(): readonly ParameterRow[] {
  return rowsWithin(z.toJSONSchema(detectionParametersSchema, { io: "input" }), []);
}

function rowsWithin(given: unknown, path: readonly string[]): ParameterRow[] {
  const node = nodeSchema.parse(given);
  if (node.properties === undefined) {
    const initial = initialSchema.parse(node.default);
    return [{ path, doc: node.description, initial, expected: expectedOf(node) }];
  }
  const expected = `a group of ${Object.keys(node.properties).join(", ")}`;
  const own = { path, doc: node.description, initial: undefined, expected };
  const inner = Object.entries(node.properties);
  return [
    ...(path.length === 0 ? [] : [own]),
    ...inner.flatMap(([key, one]) => rowsWithin(one, [...path, key])),
  ];
}

function expectedOf(node: Node): string {
  if (node.enum !== undefined) return `one of ${node.enum.join(", ")}`;
  if (node.type === "object") {
    return `for each name ${expectedOf(nodeSchema.parse(node.additionalProperties))}`;
  }
  const kind = node.type === "integer" ? "a whole number" : "a number";
  return `${kind} from ${node.minimum} to ${node.maximum}`;
}
