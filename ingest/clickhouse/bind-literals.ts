/**
 * Parameters written into the SQL as the engine itself would put them there: a constant cast to the declared type.
 *
 * The embedded engine binds parameters for the whole process, so two statements with parameters never run at a time:
 * whoever asks for a page of alerts would wait for what ingest, detection and the notary look up. As constants they
 * run side by side. Only here do values become SQL, and only as the text of a quoted literal; a server binds by itself.
 */
import { StoreError } from "./store-error.ts";

/** `{name:Type}` in the SQL; no statement has such a thing in a string. */
const placeholder = /\{(\w+):([A-Za-z0-9()]+)\}/g;

/** Throws `store.unbound_parameter` where the SQL names one that has no value, or one that is no constant. */
export function bindLiterals(sql: string, params: Readonly<Record<string, unknown>>): string {
  return sql.replaceAll(placeholder, (_place, name: string, type: string) => {
    const value = params[name];
    if (value === null) return `_CAST(NULL, '${type}')`;
    const text = textOf(value);
    if (text !== undefined) return `_CAST(${quoted(text)}, '${type}')`;
    throw new StoreError("store.unbound_parameter", `${name} has no value of type ${type}`);
  });
}

/** As the engine reads a value of any type from text; `undefined`: it is not one. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  if (!Array.isArray(value)) return undefined;
  const items = value.map(itemOf);
  return items.includes(undefined) ? undefined : `[${items.join(",")}]`;
}

const itemOf = (item: unknown): string | undefined =>
  typeof item === "string" ? quoted(item) : textOf(item);

/** Only a backslash and a quote can end a literal; a zero byte could end the statement. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\'\0]/g, escaped)}'`;

const escaped = (character: string): string => (character === "\0" ? "\\0" : `\\${character}`);
